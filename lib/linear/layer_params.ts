// The parameters of a layer as its native part describes them.
import type { PackedFormat, QuantizedLinearDescription } from '../addon';
import type { ByteType, QParams } from '../quantize';
import { CODEBOOK_TYPES, type CodebookType, codeTable } from '../weights';

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

/** How a layer keeps its weights. int4 is uint4 as well; codebook has another table than nf4 and fp4. */
export type LayerFormat = Exclude<PackedFormat, 'lut4'> | CodebookType | 'codebook';

export function layerFormatOf({
  weightFormat,
  weightTable,
}: Pick<QuantizedLinearDescription, 'weightFormat' | 'weightTable'>): LayerFormat {
  if (weightFormat !== 'lut4') return weightFormat;
  const isTableOf = (type: CodebookType) => codeTable(type).every((value, i) => Object.is(value, weightTable?.[i]));
  return CODEBOOK_TYPES.find(isTableOf) ?? 'codebook';
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
