// The range that a method chooses for a sketch.
import { makeError } from '../../errors';
import { type AnyScheme, checkScheme, schemeRange } from '../../quantize/scheme';
import type { SketchChannel } from '../sketch_words';
import { checkChannel } from './check_channel';
import { entropyClip } from './entropy';
import { expectedSquaredError, isNonZero } from './expected_error';
import { binWidth, magnitudesOf, type NonZeroChannel } from './magnitudes';
import { AUTO_METHODS, checkMethod, type Method, type SingleMethod } from './method';
import { asymmetricMseRange, symmetricMseRange } from './mse';
import { innerBins, percentileBin } from './percentile';
import { quantizerOf } from './quantizer';
import type { Range } from './range';

/** A range, and the method that chose it: for `auto` the one that `auto` took. */
export interface ChosenRange extends Range {
  readonly method: SingleMethod;
}

/**
 * The range of real values that `method` chooses, for chooseParams. It depends on the sketch alone, so that one pass over the
 * data serves all methods; scaling the data by a power of two scales it exactly.
 *
 * Symmetric schemes get [-T, T], T at most the largest magnitude, with histogram bins of width w:
 * - `percentile`: T is the right edge of the first bin up to which at least that part of all |x| lies.
 * - `entropy`: T = (m + 1/2) w with m from entropyClip, for as many levels as the scheme has on one side of 0.
 * - `mse`: see symmetricMseRange.
 *
 * Asymmetric schemes get [min, max] within that of the data (`mse`: that of the parameters, see asymmetricMseRange):
 * - `percentile`: half of what may lie outside is cut off at either end, up to edges of bins.
 * - `entropy`: T as above, for all levels of the scheme where the data have one sign only, else for half of them; then both
 *   ends of the data's range are clipped to [-T, T].
 *
 * Data of one value have exactly their range by any method; without finite values it is [0, 0].
 *
 * @throws ERR_DTYPE, ERR_RANGE; ERR_UNSUPPORTED for `entropy` with a sketch of fewer than 4 bins for each level on one side of 0
 */
export function rangeOf(channel: SketchChannel, method: Method, scheme: AnyScheme): ChosenRange {
  const sketch = checkChannel('channel', channel);
  const checked = checkMethod('method', method);
  const how = checkScheme('scheme', scheme);
  return checked === 'auto' ? autoRange(sketch, how) : { ...singleRange(sketch, checked, how), method: checked };
}

function autoRange(channel: SketchChannel, scheme: AnyScheme): ChosenRange {
  const methods = AUTO_METHODS.filter((method) => method !== 'entropy' || entropyFits(channel, scheme));
  let best: ChosenRange | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const method of methods) {
    const range = singleRange(channel, method, scheme);
    const error = expectedSquaredError(channel, quantizerOf(range, scheme));
    if (best !== undefined && error >= least) continue;
    least = error;
    best = { ...range, method };
  }
  return best!;
}

function singleRange(channel: SketchChannel, method: SingleMethod, scheme: AnyScheme): Range {
  const { min, max } = channel;
  if (min > max) return { min: 0, max: 0 };
  if (method === 'entropy' && !entropyFits(channel, scheme)) throw tooFewBins(channel, scheme);
  if (method === 'minmax' || min === max || !isNonZero(channel)) return { min, max };
  if (method === 'mse') return (scheme.symmetric ? symmetricMseRange : asymmetricMseRange)(channel, scheme);
  if (method === 'entropy') return entropyRange(channel, scheme);
  return scheme.symmetric ? percentileClip(channel, method.percentile) : percentileRange(channel, method.percentile);
}

function percentileClip(channel: NonZeroChannel, percentile: number): Range {
  const { counts, width, largest } = magnitudesOf(channel);
  const clip = Math.min((percentileBin(counts, percentile / 100) + 1) * width, largest);
  return { min: -clip, max: clip };
}

function percentileRange(channel: NonZeroChannel, percentile: number): Range {
  const [first, end] = innerBins(channel.counts, (100 - percentile) / 200);
  const edge = (bin: number) => (bin - channel.counts.length / 2) * binWidth(channel);
  return { min: Math.max(edge(first), channel.min), max: Math.min(edge(end), channel.max) };
}

function entropyRange(channel: NonZeroChannel, scheme: AnyScheme): Range {
  const { counts, width, largest } = magnitudesOf(channel);
  const { clip } = entropyClip(counts, entropyLevels(channel, scheme));
  const bound = Math.min((clip + 0.5) * width, largest);
  if (scheme.symmetric) return { min: -bound, max: bound };
  return { min: Math.max(channel.min, -bound), max: Math.min(channel.max, bound) };
}

/** Quantized values from 0 up to the clip: 128 for int8, 256 where an asymmetric scheme meets data of one sign. */
function entropyLevels({ min, max }: SketchChannel, scheme: AnyScheme): number {
  const [low, high] = schemeRange({ ...scheme, range: 'full' });
  const all = high - low + 1;
  return !scheme.symmetric && (min >= 0 || max <= 0) ? all : all / 2;
}

/** At least half of a sketch's bins up to R lie below the largest value: then there are more of them than levels. */
function entropyFits(channel: SketchChannel, scheme: AnyScheme): boolean {
  return channel.counts.length >= 4 * entropyLevels(channel, scheme);
}

function tooFewBins(channel: SketchChannel, scheme: AnyScheme): Error {
  const levels = entropyLevels(channel, scheme);
  return makeError(
    'ERR_UNSUPPORTED',
    `entropy for ${scheme.type} has ${levels} levels from 0 up, for which a sketch needs at least ${4 * levels} bins, ` +
      `got ${channel.counts.length}`,
  );
}
