// Groups as plain data.
import { makeError } from '../errors';
import type { QuantizedType } from '../quantize';
import { checkInteger, isObject, reject, show } from '../validate';
import { naming } from './bad_data';
import { GroupState, type ObserverGroupOptions } from './group_state';
import { collectorOfJson, jsonOfCollector, type ObserverJson } from './observer_json';

/** A group as plain data. */
export interface ObserverGroupJson<T extends QuantizedType = QuantizedType> {
  readonly format: 'octavo.observerGroup';
  readonly version: 1;
  readonly options: ObserverGroupOptions<T>;
  readonly samples: number;
  readonly skipped: number;
  readonly observers: readonly { readonly name: string; readonly observer: ObserverJson<T> }[];
}

export function jsonOfGroup({ options, overrides, samples, skipped, collectors }: GroupState): ObserverGroupJson {
  return {
    format: 'octavo.observerGroup',
    version: 1,
    options: { ...options, tensors: Object.fromEntries(overrides) },
    samples,
    skipped,
    observers: Array.from(collectors, ([name, collector]) => ({ name, observer: jsonOfCollector(collector) })),
  };
}

/** @throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE for what is no group; ERR_UNSUPPORTED for another version */
export function groupOfJson(json: unknown): GroupState {
  if (!isObject(json) || json.format !== 'octavo.observerGroup') reject('json', 'an observer group', json, 'ERR_DTYPE');
  if (json.version !== 1)
    throw makeError('ERR_UNSUPPORTED', `group version ${show(json.version)} is not supported, expected 1`);
  const { options, samples, skipped, observers } = json as unknown as ObserverGroupJson;
  const state = new GroupState(options);
  state.samples = checkInteger('json.samples', samples, 0, Number.MAX_SAFE_INTEGER);
  state.skipped = checkInteger('json.skipped', skipped, 0, Number.MAX_SAFE_INTEGER);
  if (!Array.isArray(observers)) reject('json.observers', 'an array', observers, 'ERR_DTYPE');
  for (const one of observers as unknown[]) {
    if (!isObject(one) || typeof one.name !== 'string' || state.collectors.has(one.name))
      reject('json.observers', 'observers, each with a name of its own', one, 'ERR_DTYPE');
    const { name, observer } = one as { name: string; observer: unknown };
    state.collectors.set(
      name,
      naming(`observer ${show(name)}`, () => collectorOfJson(observer)),
    );
  }
  return state;
}
