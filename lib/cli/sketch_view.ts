// What there is to say about a sketch: its statistics, and what each method would make of it.
import { AUTO_METHODS, expectedError, type Method, methodName, quantizerOf, rangeOf } from '../calibrate/methods';
import type { Sketch } from '../calibrate/sketch';
import type { SketchChannel } from '../calibrate/sketch_words';
import { wholeOf } from '../calibrate/whole_channel';
import { isOctavoError } from '../errors';
import type { AnyScheme } from '../quantize/scheme';

/** Statistics of a tensor. Numbers are null where no finite value was seen. */
export interface SketchSummary {
  readonly name: string;
  readonly bins: number;
  /** null for one sketch of the whole tensor. */
  readonly axis: number | null;
  readonly channels: number;
  readonly count: number;
  readonly nanCount: number;
  readonly infinityCount: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Standard deviation. */
  readonly deviation: number | null;
}

/** What a method chooses, for one channel. */
export interface ChannelChoice {
  readonly min: number;
  readonly max: number;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Expected mean squared error, and signal over it in dB; null for Infinity. */
  readonly mse: number;
  readonly sqnr: number | null;
  /** Part of the values beyond the last level. */
  readonly clippingRate: number;
}

/** What a method chooses for all channels: errors over all values, bounds and scales by channel. */
export interface MethodChoice {
  readonly method: string;
  /** True for the method that `auto` takes: per channel, the one that is best over all of them. */
  readonly best: boolean;
  readonly mse: number;
  readonly sqnr: number | null;
  readonly clippingRate: number;
  readonly channels: readonly ChannelChoice[];
}

export interface SketchView extends SketchSummary {
  readonly methods: readonly MethodChoice[];
  /** All channels in one histogram on [-limit, limit]; limit is null before a value other than 0 came. */
  readonly histogram: { readonly limit: number | null; readonly counts: readonly number[] };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const finiteCount = ({ count, nanCount, infinityCount }: SketchChannel): number =>
  Number(count - nanCount - infinityCount);

export function summaryOf(name: string, sketch: Sketch, whole: SketchChannel = wholeOf(sketch)): SketchSummary {
  const values = finiteCount(whole);
  const mean = whole.sum / values;
  const variance = Math.max(0, whole.sumOfSquares / values - mean * mean);
  return {
    name,
    bins: sketch.bins,
    axis: sketch.axis ?? null,
    channels: sketch.channels.length,
    count: Number(whole.count),
    nanCount: Number(whole.nanCount),
    infinityCount: Number(whole.infinityCount),
    min: finite(whole.min),
    max: finite(whole.max),
    mean: finite(mean),
    deviation: finite(Math.sqrt(variance)),
  };
}

function choose(channel: SketchChannel, method: Method, scheme: AnyScheme): ChannelChoice {
  const { min, max } = rangeOf(channel, method, scheme);
  const quantizer = quantizerOf({ min, max }, scheme);
  const { scale, zeroPoint } = quantizer;
  const { mse, sqnr, clippingRate } = expectedError(channel, quantizer);
  return { min, max, scale, zeroPoint, mse, sqnr: finite(sqnr), clippingRate };
}

type Outcome = Omit<MethodChoice, 'best'>;

/** A method's choices; undefined if the sketch has too few bins for it. */
function outcomeOf(channels: readonly SketchChannel[], method: Method, scheme: AnyScheme): Outcome | undefined {
  let choices: ChannelChoice[];
  try {
    choices = channels.map((channel) => choose(channel, method, scheme));
  } catch (error) {
    if (isOctavoError(error) && error.code === 'ERR_UNSUPPORTED') return undefined;
    throw error;
  }
  const weights = channels.map(finiteCount);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (part: (choice: ChannelChoice) => number): number =>
    total === 0 ? 0 : choices.reduce((sum, choice, c) => sum + part(choice) * weights[c]!, 0) / total;
  const mse = mean((choice) => choice.mse);
  const signal = channels.reduce((sum, channel) => sum + channel.sumOfSquares, 0) / total;
  const sqnr = mse === 0 ? null : 10 * Math.log10(signal / mse);
  const clippingRate = mean((choice) => choice.clippingRate);
  return { method: methodName(method), mse, sqnr, clippingRate, channels: choices };
}

/** A sketch, and what every method makes of it for a scheme, whose granularity is the sketch's own. */
export function viewOf(name: string, sketch: Sketch, scheme: AnyScheme): SketchView {
  const whole = wholeOf(sketch);
  const { channels } = sketch;
  const outcomes = AUTO_METHODS.flatMap((method) => outcomeOf(channels, method, scheme) ?? []);
  const least = Math.min(...outcomes.map(({ mse }) => mse));
  const best = outcomes.findIndex(({ mse }) => mse === least); // of equals the first, as `auto` does
  return {
    ...summaryOf(name, sketch, whole),
    methods: outcomes.map((outcome, i) => ({ ...outcome, best: i === best })),
    histogram: {
      limit: whole.exponent === null ? null : 2 ** whole.exponent,
      counts: Array.from(whole.counts, Number),
    },
  };
}
