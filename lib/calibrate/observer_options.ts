// What an observer is asked for: method, scheme, and what it does about bad data.
import type { QuantizedType, Scheme } from '../quantize';
import { type AnyScheme, checkScheme } from '../quantize/scheme';
import { checkOneOf, isObject, reject } from '../validate';
import { checkMethod, type Method } from './methods';
import { type RangeJson, RangeStatistics } from './range_statistics';
import { SketchStatistics } from './sketch_statistics';
import { checkBins } from './sketch_words';
import type { Statistics } from './statistics';

/**
 * How the range comes from the data.
 * - `minmax`: from the smallest to the largest value.
 * - `percentile`: the part of the values, in percent and above 0, that stays within the range; by default 99.99.
 * - `entropy`: the clip whose quantized distribution is nearest, by Kullback-Leibler divergence.
 * - `mse`: the clip with the least expected squared error.
 * - `auto`: of all these the one with the least expected squared error.
 * - `movingAverage`: smallest and largest value of each batch, averaged: average += constant * (batch - average), the
 *   first batch as it is. The constant is above 0, at most 1, by default 0.01. It alone depends on the order of the data.
 */
export type ObserverMethod = Method | 'percentile' | 'movingAverage' | { readonly movingAverage: number };

/** `error`: NaN, infinities and wrong shapes throw, and nothing of their sample counts. `ignore`: they are left out and counted. */
export type BadDataPolicy = 'error' | 'ignore';

export interface ObserverOptions<T extends QuantizedType = QuantizedType> {
  readonly method: ObserverMethod;
  /** What the parameters are for. */
  readonly scheme: Scheme<T>;
  /** Bins of each channel's histogram, for the methods that have one: all but `minmax` and `movingAverage`. A power of two, default 4096. */
  readonly bins?: number | undefined;
  /** Default `error`. */
  readonly policy?: BadDataPolicy | undefined;
}

/** Options with every choice made. */
export interface CheckedOptions {
  readonly method: CompleteMethod;
  readonly scheme: AnyScheme;
  readonly bins: number;
  readonly policy: BadDataPolicy;
}

const DEFAULT_BINS = 4096;
const DEFAULT_PERCENTILE = 99.99;
const DEFAULT_CONSTANT = 0.01;

/** A method whose number, if it has one, is there. */
type CompleteMethod = Method | { readonly movingAverage: number };

function completeMethod(name: string, value: unknown): CompleteMethod {
  if (value === 'percentile') return { percentile: DEFAULT_PERCENTILE };
  if (value === 'movingAverage') return { movingAverage: DEFAULT_CONSTANT };
  if (!isObject(value) || !('movingAverage' in value)) return checkMethod(name, value);
  const { movingAverage } = value;
  if (typeof movingAverage !== 'number') reject(`${name}.movingAverage`, 'a number', movingAverage, 'ERR_DTYPE');
  if (!(movingAverage > 0 && movingAverage <= 1))
    reject(`${name}.movingAverage`, 'above 0 and at most 1', movingAverage, 'ERR_RANGE');
  return { movingAverage };
}

/** Throws ERR_DTYPE, ERR_RANGE or ERR_UNSUPPORTED for options that make no sense. */
export function checkObserverOptions(options: ObserverOptions): CheckedOptions {
  if (!isObject(options)) reject('options', 'an object { method, scheme }', options, 'ERR_DTYPE');
  return {
    method: completeMethod('method', options.method),
    scheme: checkScheme('scheme', options.scheme),
    bins: checkBins('bins', options.bins ?? DEFAULT_BINS),
    policy: checkOneOf('policy', options.policy ?? 'error', ['error', 'ignore']),
  };
}

/** Empty statistics for a method. */
export function createStatistics({ method, scheme, bins }: CheckedOptions): Statistics {
  if (method === 'minmax') return new RangeStatistics();
  if (isAverage(method)) return new RangeStatistics(method.movingAverage);
  return SketchStatistics.create({ method, scheme, bins });
}

/** The statistics that their toJSON described. */
export function restoreStatistics({ method, scheme, bins }: CheckedOptions, json: unknown): Statistics {
  if (!isObject(json)) reject('json.statistics', 'an object', json, 'ERR_DTYPE');
  if (method === 'minmax') return RangeStatistics.fromJSON(json as unknown as RangeJson);
  if (isAverage(method)) return RangeStatistics.fromJSON(json as unknown as RangeJson, method.movingAverage);
  return SketchStatistics.fromJSON(json, { method, scheme, bins });
}

function isAverage(method: CompleteMethod): method is { readonly movingAverage: number } {
  return typeof method === 'object' && 'movingAverage' in method;
}
