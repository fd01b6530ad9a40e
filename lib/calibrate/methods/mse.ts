// The range with the least expected squared error.
import { addon } from '../../addon';
import { affineParams } from '../../quantize/affine_params';
import { type AnyScheme, schemeRange } from '../../quantize/scheme';
import { binWidth, type NonZeroChannel } from './magnitudes';
import type { Range } from './range';

/**
 * Where values lie within their bin: `even`, spread over it, or `centre`, all of them at its middle, as calibrators in
 * common use have it. At its centre a bin narrower than a step loses nothing, and one wider than a step anything.
 */
export type BinModel = 'even' | 'centre';

/**
 * Sums of squared errors, in squared widths of a bin, of the quantizers with levels at step * j, j = -below .. above.
 * @param counts 2n bins of which those from n on count up from 0, those before n - 1 down
 * @param steps in widths of a bin
 */
export function squaredErrors(
  counts: BigUint64Array,
  steps: Float64Array,
  levels: { readonly below: number; readonly above: number; readonly model?: BinModel },
): Float64Array {
  const errors = new Float64Array(steps.length);
  addon.expectedErrors(counts, steps, errors, levels.below, levels.above, levels.model === 'centre');
  return errors;
}

/** The index of the least value; of equals the first. */
export function indexOfLeast(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[best]!) best = i;
  return best;
}

/**
 * The symmetric range [-a, a] of the least error, with the quantized values of the scheme (a narrow one has as many on both
 * sides of 0), over a = 1, 2, 3, ... widths of a bin and a = the largest magnitude; of
 * equals the narrowest.
 */
export function symmetricMseRange(channel: NonZeroChannel, scheme: AnyScheme): Range {
  const [low, high] = schemeRange(scheme);
  const width = binWidth(channel);
  const largest = Math.max(-channel.min, channel.max) / width;
  const whole = Math.ceil(largest) - 1;
  const bounds = Float64Array.from({ length: whole + 1 }, (_, i) => (i < whole ? i + 1 : largest));
  const zeroPoint = affineParams([0, 0], [low, high], true)[1];
  const steps = bounds.map((bound) => (2 * bound) / (high - low));
  const errors = squaredErrors(channel.counts, steps, { below: zeroPoint - low, above: high - zeroPoint });
  const bound = bounds[indexOfLeast(errors)]! * width;
  return { min: -bound, max: bound };
}

/** Steps get smaller by 2^(-1/128), about half a percent, from one to the next. */
const RATIO = 0.9945994234836332;
const OCTAVES = 10;
/** The largest float32. */
const LARGEST = 3.4028234663852886e38;

/**
 * The asymmetric range of the least error over all zero points and steps (max - min) / (high - low) * 2^(-i/128), down to
 * bins as wide as the range; 16-bit zero points in strides of 255. It is the range that the parameters represent, and may
 * exceed the data by half a step at one end, as the zero point is an integer.
 */
export function asymmetricMseRange(channel: NonZeroChannel, scheme: AnyScheme): Range {
  const [low, high] = schemeRange(scheme);
  const width = binWidth(channel);
  const levels = high - low;
  const range = (Math.max(channel.max, 0) - Math.min(channel.min, 0)) / width;
  const steps = new Float64Array(Math.max(1, Math.min(Math.floor(Math.log2(range)), OCTAVES) * 128));
  let step = range / levels;
  for (let i = 0; i < steps.length; i++, step *= RATIO) steps[i] = step;
  const found = new Float64Array(3);
  addon.searchAffine(channel.counts, steps, found, levels);
  const best = steps[found[0]!]! * width;
  return { min: Math.max(-found[1]! * best, -LARGEST), max: Math.min((levels - found[1]!) * best, LARGEST) };
}
