// What a quantizer would do to data of which only a sketch is known.
import { addon } from '../../addon';
import type { SketchChannel } from '../sketch_words';
import { checkChannel } from './check_channel';
import { binWidth, type NonZeroChannel, totalOf } from './magnitudes';
import { checkQuantizer, type Quantizer } from './quantizer';

/** Estimates for the finite values of a channel. */
export interface ExpectedError {
  /** The mean of (x - q(x))^2. */
  readonly mse: number;
  /** 10 log10(mean of x^2 / mse), in dB; Infinity where the mse is 0. */
  readonly sqnr: number;
  /** The part of the values that lie more than half a step beyond the last level. */
  readonly clippingRate: number;
  /** The part of the quantized range, in steps, below the smallest and above the largest value; this is exact. */
  readonly deadRange: number;
}

/**
 * The errors to expect of a quantizer, values taken to be spread evenly over each bin of the sketch. Values that lie on a
 * grid of their own may do better, or worse: a sketch does not know. Without any values, all errors are 0.
 * @throws ERR_DTYPE, ERR_RANGE
 */
export function expectedError(channel: SketchChannel, quantizer: Quantizer): ExpectedError {
  const sketch = checkChannel('channel', channel);
  const how = checkQuantizer('quantizer', quantizer);
  const total = totalOf(sketch.counts);
  const mse = total === 0 ? 0 : expectedSquaredError(sketch, how) / total;
  const sqnr = mse === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(sketch.sumOfSquares / total / mse);
  const clippingRate = total === 0 ? 0 : clippedCount(sketch, how) / total;
  return { mse, sqnr, clippingRate, deadRange: deadRange(sketch, how) };
}

/** The expected sum of (x - q(x))^2. */
export function expectedSquaredError(channel: SketchChannel, { scale, zeroPoint, low, high }: Quantizer): number {
  if (!isNonZero(channel)) return 0;
  const width = binWidth(channel);
  const error = new Float64Array(1);
  addon.expectedErrors(channel.counts, Float64Array.of(scale / width), error, zeroPoint - low, high - zeroPoint, false);
  return error[0]! * width * width;
}

/** True for a channel that has seen a value other than 0. */
export function isNonZero(channel: SketchChannel): channel is NonZeroChannel {
  return channel.exponent !== null;
}

function clippedCount(channel: SketchChannel, { scale, zeroPoint, low, high }: Quantizer): number {
  if (!isNonZero(channel)) return 0;
  const half = channel.counts.length / 2;
  const step = scale / binWidth(channel);
  const beyond = (limit: number, countAt: (k: number) => bigint): number => {
    let sum = 0;
    for (let k = Math.floor(limit); k < half; k++) sum += Number(countAt(k)) * Math.min(k + 1 - limit, 1);
    return sum;
  };
  return (
    beyond((high - zeroPoint + 0.5) * step, (k) => channel.counts[half + k]!) +
    beyond((zeroPoint - low + 0.5) * step, (k) => channel.counts[half - 1 - k]!)
  );
}

function deadRange({ min, max }: SketchChannel, { scale, zeroPoint, low, high }: Quantizer): number {
  if (min > max) return 1;
  const level = (x: number) => Math.min(Math.max(Math.round(x / scale) + zeroPoint, low), high);
  return 1 - (level(max) - level(min)) / (high - low);
}
