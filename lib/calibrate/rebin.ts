// A channel's histogram on a wider range.
import { types } from 'node:util';
import { checkInteger, isObject, reject } from '../validate';
import { checkBins, type SketchChannel } from './sketch_words';

/**
 * The counts that the channel's values have in a histogram on [-2^exponent, 2^exponent]: pairs of bins become one for
 * each doubling, which is exact. Of a channel without a value other than 0, all counts are those of zeros.
 * @param exponent from the channel's own to 128
 * @throws ERR_RANGE, ERR_DTYPE
 */
export function rebin(channel: SketchChannel, exponent: number): BigUint64Array {
  if (!isObject(channel)) reject('channel', 'a channel of a sketch', channel, 'ERR_DTYPE');
  const { counts } = channel;
  // A length of its own may say that there are counts where there are none.
  if (!types.isBigUint64Array(counts) || (counts.length > 0 && counts[counts.length - 1] === undefined))
    reject('channel.counts', 'a BigUint64Array', counts, 'ERR_DTYPE');
  checkBins('channel.counts.length', counts.length);
  const own = channel.exponent === null ? -149 : checkInteger('channel.exponent', channel.exponent, -148, 128);
  const doublings = checkInteger('exponent', exponent, Math.max(own, -148), 128) - own;
  const wider = new BigUint64Array(counts.length);
  const half = counts.length / 2;
  for (let bin = 0; bin < half; bin++) {
    const to = channel.exponent === null ? bin : Math.floor(bin / 2 ** doublings);
    wider[half + to]! += counts[half + bin]!;
    wider[half - 1 - to]! += counts[half - 1 - bin]!;
  }
  return wider;
}
