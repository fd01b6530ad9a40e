// What quantization does to a tensor's values.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { allocateOrThrow, checkTensorLike, copyOf } from '../tensor/tensor';
import { checkOptions, isObject } from '../validate';
import { roundHalfToEven } from './affine_params';
import { type Channels, channelsFor, channelsOf } from './channels';
import { dequantize, dequantizeAsync } from './dequantize';
import { type ErrorStatistics, FIELDS, joinSums, NO_SUMS, statisticsOf, sumsOf } from './error_statistics';
import { quantize, quantizeAsync } from './quantize';
import type { QuantizedTensor } from './quantized_tensor';
import { type AnyQParams, checkQParams, type QParams, type QuantizedType, rangeOf } from './scheme';

export interface QuantizationError extends ErrorStatistics {
  /** The same for each channel, or block; one for a whole tensor. */
  readonly channels: readonly ErrorStatistics[];
  /** Pairs of which one is not finite. */
  readonly leftOut: number;
}

export interface QuantizationErrorOptions {
  /** Channels along this axis for parameters of the whole tensor. Default: the channels that the parameters have. */
  readonly axis?: number;
}

/**
 * The error of a quantized tensor, or that which parameters would bring about. Sums are taken in double, in one order on every
 * instruction set and for any number of threads: each channel in pieces of 1,024 values, each piece in 8 lanes.
 *
 * @param x the real values, float32, contiguous
 * @param quantized a tensor of x's dims, or parameters, with which x is quantized
 * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE
 */
export function quantizationError<T extends QuantizedType>(
  x: TensorLike<'float32'>,
  quantized: QuantizedTensor<T> | QParams<T>,
  options?: QuantizationErrorOptions,
): QuantizationError {
  const call = prepare(x, quantized, options);
  const q = isParams(quantized) ? quantize(call.x, quantized) : quantized;
  const y = dequantize(q).data;
  const { scale, zeroPoint } = call.params;
  addon.measureDeviations(call.x.data, y, scale, zeroPoint, call.inner, call.low, call.high, call.out);
  return resultOf(call);
}

/** As quantizationError, computed off the event loop. x is copied before the call returns. */
export async function quantizationErrorAsync<T extends QuantizedType>(
  x: TensorLike<'float32'>,
  quantized: QuantizedTensor<T> | QParams<T>,
  options?: QuantizationErrorOptions & AsyncOptions,
): Promise<QuantizationError> {
  const signal = signalOf(options);
  const aborting = signal === undefined ? {} : { signal };
  const call = prepare(x, quantized, options);
  const real = { ...call.x, data: copyOf('float32', call.x.data) };
  const q = isParams(quantized) ? await quantizeAsync(real, quantized, aborting) : quantized;
  const y = (await dequantizeAsync(q, aborting)).data;
  const { scale, zeroPoint } = call.params;
  await untilAborted(signal, () =>
    addon.measureDeviationsAsync(real.data, y, scale, zeroPoint, call.inner, call.low, call.high, call.out),
  );
  return resultOf(call);
}

interface Prepared extends Channels {
  readonly x: TensorLike<'float32'>;
  readonly params: AnyQParams;
  readonly low: number;
  readonly high: number;
  readonly perChannel: number;
  readonly out: Float64Array;
}

function prepare<T extends QuantizedType>(
  given: TensorLike<'float32'>,
  quantized: QuantizedTensor<T> | QParams<T>,
  options: QuantizationErrorOptions | undefined,
): Prepared {
  const { axis } = checkOptions('options', options);
  const x = checkTensorLike('x', given, ['float32']);
  const total = checkContiguous('x', x);
  const params = paramsFor(x.dims, quantized);
  if (axis !== undefined && params.granularity !== 'tensor')
    throw makeError('ERR_UNSUPPORTED', 'channels along another axis need parameters of the whole tensor');
  const channels = axis === undefined ? channelsFor(x.dims, params) : channelsOf(x.dims, { axis });
  if (channels.count === 0) throw makeError('ERR_SHAPE', 'x has no channels to measure');
  const [low, high] = rangeOf(params.type);
  const out = new Float64Array(allocateOrThrow('float32', 2 * FIELDS * channels.count, x.dims).buffer);
  return { ...channels, x, params, low, high, perChannel: total / channels.count, out };
}

/** A tensor has `params`, parameters have a scale. */
function isParams<T extends QuantizedType>(value: QuantizedTensor<T> | QParams<T>): value is QParams<T> {
  return isObject(value) && 'scale' in value;
}

/** The parameters, which must fit the dims; a tensor must have them as well. */
function paramsFor<T extends QuantizedType>(
  dims: readonly number[],
  quantized: QuantizedTensor<T> | QParams<T>,
): AnyQParams {
  if (isParams(quantized)) return checkQParams('quantized', quantized);
  const tensor = quantized as Partial<QuantizedTensor<T>> | null | undefined;
  const params = checkQParams('quantized.params', tensor?.params);
  const own = tensor?.dims;
  if (!Array.isArray(own) || own.length !== dims.length || own.some((dim, i) => dim !== dims[i]))
    throw makeError('ERR_SHAPE', `the quantized tensor must have the dims [${dims.join(', ')}] of x`);
  return params;
}

function resultOf(call: Prepared): QuantizationError {
  const channels: ErrorStatistics[] = [];
  let total = NO_SUMS;
  let [leftOut, dead] = [0, 0];
  for (let c = 0; c < call.count; c++) {
    const fields = call.out.subarray(c * FIELDS, (c + 1) * FIELDS);
    const sums = sumsOf(fields, call.perChannel);
    const deadRange = deadRangeOf(fields[6]!, fields[7]!, call, call.params.scale.length === 1 ? 0 : c);
    channels.push(statisticsOf(sums, deadRange));
    total = joinSums(total, sums);
    leftOut += fields[8]!;
    dead += deadRange;
  }
  return { ...statisticsOf(total, dead / call.count), channels, leftOut };
}

function deadRangeOf(min: number, max: number, { params, low, high }: Prepared, c: number): number {
  if (min > max) return 1;
  const level = (x: number) =>
    Math.min(Math.max(roundHalfToEven(Math.fround(x / params.scale[c]!)) + params.zeroPoint[c]!, low), high);
  return 1 - (level(max) - level(min)) / (high - low);
}
