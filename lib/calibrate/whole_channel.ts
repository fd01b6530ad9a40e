// All channels of a sketch as one.
import { rebin } from './rebin';
import type { Sketch } from './sketch';
import type { SketchChannel } from './sketch_words';

/** The statistics of all values, whatever their channel. Sums are those of the channels' rounded ones, in their order. */
export function wholeOf({ channels, bins }: Sketch): SketchChannel {
  if (channels.length === 1) return channels[0]!;
  const exponents = channels.flatMap(({ exponent }) => exponent ?? []);
  const exponent = exponents.length === 0 ? null : Math.max(...exponents);
  const counts = new BigUint64Array(bins);
  for (const channel of channels) {
    const part = exponent === null ? channel.counts : rebin(channel, exponent);
    for (let bin = 0; bin < bins; bin++) counts[bin]! += part[bin]!;
  }
  const total = (part: (channel: SketchChannel) => bigint): bigint =>
    channels.reduce((sum, channel) => sum + part(channel), 0n);
  return {
    count: total(({ count }) => count),
    nanCount: total(({ nanCount }) => nanCount),
    infinityCount: total(({ infinityCount }) => infinityCount),
    min: channels.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY),
    max: channels.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY),
    sum: channels.reduce((sum, channel) => sum + channel.sum, 0),
    sumOfSquares: channels.reduce((sum, channel) => sum + channel.sumOfSquares, 0),
    exponent,
    counts,
  };
}
