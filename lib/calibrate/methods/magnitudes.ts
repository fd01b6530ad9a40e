// A sketch's histogram as the methods read it.
import type { SketchChannel } from '../sketch_words';

/** A sketch that has seen a value other than 0. */
export interface NonZeroChannel extends SketchChannel {
  readonly exponent: number;
}

/** The histogram of |x|, up to the bin of the largest. */
export interface Magnitudes {
  readonly counts: BigUint64Array;
  /** Width of a bin. */
  readonly width: number;
  /** The largest magnitude. */
  readonly largest: number;
}

/** The width of a sketch's bins, 2R / bins. */
export function binWidth({ exponent, counts }: NonZeroChannel): number {
  return 2 ** (exponent + 1) / counts.length;
}

/** Both halves of the histogram added up; bins beyond the largest value are left out. */
export function magnitudesOf(channel: NonZeroChannel): Magnitudes {
  const half = channel.counts.length / 2;
  const width = binWidth(channel);
  const largest = Math.max(-channel.min, channel.max);
  const bins = Math.min(Math.floor(largest / width) + 1, half);
  const counts = new BigUint64Array(bins);
  for (let k = 0; k < bins; k++) counts[k] = channel.counts[half + k]! + channel.counts[half - 1 - k]!;
  return { counts, width, largest };
}

/** The number of values in a histogram; beyond 2^53 the nearest double. */
export function totalOf(counts: BigUint64Array): number {
  let total = 0n;
  for (const count of counts) total += count;
  return Number(total);
}
