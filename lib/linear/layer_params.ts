// The parameters of a layer as its native part describes them.
import type { QuantizedLinearDescription } from '../addon';
import type { ByteType, QParams } from '../quantize';

/**
 * How the weights [n, k] were quantized; null where scales lie among the weights. For one output, per tensor and per output are
 * the same: it is called axis 0.
 */
export function weightParamsOf({ n, weightScale, weightZeroPoint }: QuantizedLinearDescription): QParams | null {
  if (weightScale === null) return null;
  return {
    type: 'int8',
    scale: weightScale,
    zeroPoint: weightZeroPoint ?? new Int32Array(weightScale.length),
    granularity: weightScale.length === 1 && n !== 1 ? 'tensor' : { axis: 0 },
  };
}

/** Parameters of a whole tensor. */
export function tensorParamsOf({
  type,
  scale,
  zeroPoint,
}: {
  type: string;
  scale: number;
  zeroPoint: number;
}): QParams<ByteType> {
  return {
    type: type as ByteType,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint),
    granularity: 'tensor',
  };
}
