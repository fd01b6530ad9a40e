// Observers as plain data, and as one another's parts.
import { makeError } from '../errors';
import type { QuantizedType, Scheme } from '../quantize';
import { isObject, reject, show } from '../validate';
import { Collector } from './collector';
import { type BadDataPolicy, checkObserverOptions, type ObserverMethod, restoreStatistics } from './observer_options';
import type { RangeJson } from './range_statistics';

/** An observer as plain data. */
export interface ObserverJson<T extends QuantizedType = QuantizedType> {
  readonly format: 'octavo.observer';
  readonly version: 2;
  readonly method: ObserverMethod;
  readonly scheme: Scheme<T>;
  readonly bins: number;
  readonly policy: BadDataPolicy;
  /** A sketch's JSON, or bounds. */
  readonly statistics: object;
}

/** What version 1 wrote, which is read too: bounds, of data whose NaN and infinities were left out. */
interface ObserverJson1 extends RangeJson {
  readonly version: 1;
  readonly method: 'minmax';
  readonly scheme: Scheme<QuantizedType>;
}

export function jsonOfCollector({ options, statistics }: Collector): ObserverJson {
  return { format: 'octavo.observer', version: 2, ...options, statistics: statistics.toJSON() };
}

/** @throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE for what is no observer; ERR_UNSUPPORTED for another version */
export function collectorOfJson(json: unknown): Collector {
  if (!isObject(json) || json.format !== 'octavo.observer') reject('json', 'an observer', json, 'ERR_DTYPE');
  if (json.version === 1) return collectorOfVersion1(json as unknown as ObserverJson1);
  if (json.version !== 2)
    throw makeError('ERR_UNSUPPORTED', `observer version ${show(json.version)} is not supported, expected 1 or 2`);
  const { method, scheme, bins, policy, statistics } = json as unknown as ObserverJson;
  const options = checkObserverOptions({ method, scheme, bins, policy });
  return new Collector(options, restoreStatistics(options, statistics));
}

function collectorOfVersion1(json: ObserverJson1): Collector {
  const { method, scheme } = json;
  if (method !== 'minmax') reject('json.method', 'minmax, version 1 has no other', method, 'ERR_RANGE');
  const options = checkObserverOptions({ method, scheme, policy: 'ignore' });
  return new Collector(options, restoreStatistics(options, json));
}

/** What must be equal for two collectors to merge; what they do about bad data need not be. */
function keyOf({ method, scheme, bins }: Collector['options']): string {
  const { type, symmetric, granularity, range } = scheme;
  return JSON.stringify([method, type, symmetric, granularity, range ?? null, bins]);
}

/** Takes the statistics of `other` into those of `target`. Throws ERR_SHAPE if they do not fit; ERR_UNSUPPORTED. */
export function mergeCollectors(target: Collector, other: Collector): void {
  if (keyOf(target.options) !== keyOf(other.options))
    throw makeError('ERR_SHAPE', 'observers with different methods, schemes or bins cannot be merged');
  target.statistics.merge(other.statistics);
}
