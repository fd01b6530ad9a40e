// Weights and biases to integers.
import { type Method, rangeOf, Sketch } from '../../calibrate';
import { type ByteType, chooseParams, type QParams, quantize, type Scheme } from '../../quantize';
import { roundHalfToEven } from '../../quantize/affine_params';
import type { ModelTensor, Node } from '../model';
import type { RoundWeights } from './static_options';

export interface WeightScheme {
  readonly type: ByteType;
  readonly symmetric: boolean;
  /** undefined: per tensor. */
  readonly axis: number | undefined;
  readonly method: Method;
  readonly reduceRange: boolean;
}

/** Values of 8 bits of which two products with other 8 bits add up in 16. */
const REDUCED = 64;
const INT32_MAX = 2 ** 31 - 1;

/** Parameters of constant weights. A channel of nothing but 0 gets the largest scale of the others: its bias must fit. */
export function weightParams(tensor: ModelTensor, how: WeightScheme): QParams<ByteType> {
  const { type, symmetric, axis } = how;
  const granularity = axis === undefined ? 'tensor' : ({ axis } as const);
  const scheme: Scheme = { type, symmetric, granularity };
  // Bounds alone need no histogram.
  const bins = how.method === 'minmax' ? 2 : undefined;
  const sketch = new Sketch({ bins, ...(axis === undefined ? {} : { axis }) });
  sketch.observe({ type: 'float32', dims: tensor.dims, data: tensor.floats() });
  const ranges = sketch.channels.map((channel) => rangeOf(channel, how.method, { ...scheme, granularity: 'tensor' }));
  const bounds = (end: 'min' | 'max') => Float32Array.from(ranges, (range) => range[end]);
  const params = chooseParams({ min: bounds('min'), max: bounds('max') }, scheme);
  const isZero = ranges.map(({ min, max }) => min === 0 && max === 0);
  const largest = Math.max(0, ...params.scale.filter((_, i) => !isZero[i])) || 1;
  const factor = how.reduceRange ? (symmetric ? 127 : 255) / (symmetric ? REDUCED : 127) : 1;
  const scale = params.scale.map((one, i) => (isZero[i] ? largest : one) * factor);
  const zeroPoint = how.reduceRange ? params.zeroPoint.map((one) => Math.trunc(one / 2)) : params.zeroPoint;
  return { ...params, scale, zeroPoint };
}

/**
 * The parameters with scales raised where the bias, in steps of the product of both scales, would not fit int32: the guard of
 * onnxruntime's quantizer.
 */
export function fitBias(params: QParams<ByteType>, bias: Float32Array, inputScale: number): QParams<ByteType> {
  const { scale } = params;
  const needed = (value: number) => (1.0001 * Math.abs(value)) / INT32_MAX / inputScale;
  if (scale.length === 1) {
    const least = Math.max(...Array.from(bias, needed));
    return least <= scale[0]! ? params : { ...params, scale: Float32Array.of(least) };
  }
  return { ...params, scale: scale.map((one, i) => Math.max(one, needed(bias[i]!))) };
}

export function quantizedWeights(
  { node, name, tensor }: { node: Node; name: string; tensor: ModelTensor },
  params: QParams<ByteType>,
  round: RoundWeights | undefined,
): Int8Array | Uint8Array {
  const weights = tensor.floats();
  const rounded = round?.({ node, name, dims: tensor.dims, weights, params });
  return rounded ?? quantize({ type: 'float32', dims: tensor.dims, data: weights }, params).data;
}

/** A bias in int32, and its scales: those of the weights times that of the input, in float32. */
export function quantizedBias(
  bias: Float32Array,
  weights: QParams<ByteType>,
  inputScale: number,
): { values: Int32Array; scale: Float32Array } {
  const scale = weights.scale.map((one) => one * inputScale);
  const values = Int32Array.from(bias, (value, i) => {
    const step = scale.length === 1 ? scale[0]! : scale[i]!;
    return Math.min(Math.max(roundHalfToEven(value / step), -INT32_MAX), INT32_MAX);
  });
  return { values, scale };
}
