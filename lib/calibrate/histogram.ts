// Histograms of float32 data by magnitude, the raw material of calibration.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { checkTensorLike } from '../tensor/tensor';
import { checkInteger, reject } from '../validate';

/** Counts on [-limit, limit] in bins of equal width, half open by magnitude. */
export interface Histogram {
  /** One count for each bin; the middle one of an even number of bins starts at 0. */
  readonly counts: BigUint64Array;
  readonly limit: number;
  /** Values of at least the limit's magnitude, infinities included. */
  readonly beyondLimit: bigint;
  readonly nanCount: bigint;
}

export interface HistogramOptions {
  /** A power of two from 2 to 2^20. */
  readonly bins: number;
  /** A power of two from 2^-100 to 2^127, larger than the magnitudes that should be counted. */
  readonly limit: number;
}

/**
 * Value x falls into bin floor(|x| * bins / (2 * limit)) of its sign's half; +0 and -0 count as positive.
 * @param x float32, contiguous
 * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for bins or limit that are no powers of two in their range
 */
export function histogram(x: TensorLike<'float32'>, options: HistogramOptions): Histogram {
  const call = prepare(x, options);
  addon.histogram(call.data, call.counts, call.outside, call.limit);
  return resultOf(call);
}

/** As histogram, computed off the event loop. x is copied before the call returns. */
export async function histogramAsync(
  x: TensorLike<'float32'>,
  options: HistogramOptions & AsyncOptions,
): Promise<Histogram> {
  const signal = signalOf(options);
  const call = prepare(x, options);
  await untilAborted(signal, () => addon.histogramAsync(call.data, call.counts, call.outside, call.limit));
  return resultOf(call);
}

function prepare(x: TensorLike<'float32'>, options: HistogramOptions) {
  const input = checkTensorLike('x', x, ['float32']);
  checkContiguous('x', input);
  if (typeof options !== 'object' || options === null)
    reject('options', 'an object { bins, limit }', options, 'ERR_DTYPE');
  const bins = checkInteger('bins', options.bins, 2, 2 ** 20);
  if (typeof options.limit !== 'number') reject('limit', 'a number', options.limit, 'ERR_DTYPE');
  return { data: input.data, counts: new BigUint64Array(bins), outside: new BigUint64Array(2), limit: options.limit };
}

function resultOf({ counts, outside, limit }: ReturnType<typeof prepare>): Histogram {
  return { counts, limit, beyondLimit: outside[0]!, nanCount: outside[1]! };
}
