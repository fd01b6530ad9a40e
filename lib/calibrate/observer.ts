// Observes float32 data and chooses quantization parameters from it.
import { type AsyncOptions, signalOf } from '../abort_signal';
import { makeError } from '../errors';
import { chooseParams, type QParams, type QuantizedType, type Scheme } from '../quantize';
import type { TensorLike } from '../tensor';
import { reject } from '../validate';
import { Collector } from './collector';
import { collectorOfJson, jsonOfCollector, mergeCollectors, type ObserverJson } from './observer_json';
import {
  type BadDataPolicy,
  checkObserverOptions,
  type ObserverMethod,
  type ObserverOptions,
} from './observer_options';
import type { Sketch } from './sketch';
import { SketchStatistics } from './sketch_statistics';
import type { ChannelRanges } from './statistics';
import { Turns } from './turns';

/** @internal An observer over statistics that others fill too. */
export let observerOf: (collector: Collector) => Observer;
/** @internal */
export let collectorOf: (observer: Observer) => Collector;

/**
 * Statistics of everything observed, per tensor or per channel, and the parameters that follow from them. Nothing of the
 * data is kept: the memory does not depend on how much there is. Only a moving average depends on the order and the
 * batching of the data.
 */
export class Observer<T extends QuantizedType = QuantizedType> {
  #collector: Collector;
  readonly #turns = new Turns();

  static {
    collectorOf = (observer) => observer.#collector;
    observerOf = (collector) => {
      const observer = new Observer(collector.options);
      observer.#collector = collector;
      return observer;
    };
  }

  /** @throws ERR_DTYPE, ERR_RANGE for a method or a scheme that does not exist */
  constructor(options: ObserverOptions<T>) {
    this.#collector = new Collector(checkObserverOptions(options));
  }

  /** With its number: `{ percentile: 99.99 }`. */
  get method(): ObserverMethod {
    return this.#collector.options.method;
  }

  get scheme(): Scheme<T> {
    return this.#collector.options.scheme as Scheme<T>;
  }

  get policy(): BadDataPolicy {
    return this.#collector.options.policy;
  }

  /** What its method chooses from; undefined for minmax and moving averages, which need less. */
  get sketch(): Sketch | undefined {
    const { statistics } = this.#collector;
    return statistics instanceof SketchStatistics ? statistics.sketch : undefined;
  }

  /** NaN values left out. */
  get nanCount(): number {
    return this.#collector.statistics.nanCount;
  }

  /** Infinite values left out. */
  get infinityCount(): number {
    return this.#collector.statistics.infinityCount;
  }

  /**
   * Takes x into the statistics.
   * @param x float32, contiguous; per channel, the axis has the same length every time
   * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for NaN and infinities, unless the policy ignores them. x then does not count.
   */
  observe(x: TensorLike<'float32'>): this {
    this.#collector.take(this.#collector.stage('x', x));
    return this;
  }

  /**
   * As observe, computed off the event loop. x is copied before the call returns; when aborted, it does not count. Several
   * calls in flight count in the order of the calls.
   */
  async observeAsync(x: TensorLike<'float32'>, options?: AsyncOptions): Promise<this> {
    const signal = signalOf(options);
    const collector = this.#collector;
    const staged = collector.stageAsync('x', x, { signal });
    await this.#turns.take(staged, (one) => collector.takeAsync(one, { signal }), signal);
    return this;
  }

  /** Takes another observer's statistics into this one. Throws ERR_SHAPE if methods, schemes, bins or channels differ. */
  merge(other: Observer<T>): this {
    if (!(other instanceof Observer)) reject('other', 'an Observer', other, 'ERR_DTYPE');
    mergeCollectors(this.#collector, other.#collector);
    return this;
  }

  /** The range that the method chooses, per channel; that of 0 for one without finite values. Throws ERR_RANGE before any data. */
  range(): ChannelRanges {
    const { statistics } = this.#collector;
    if (statistics.channels === undefined) throw makeError('ERR_RANGE', 'nothing was observed yet');
    return statistics.range();
  }

  /** Parameters for that range. Throws ERR_RANGE before any data. */
  params(): QParams<T> {
    return chooseParams(this.range(), this.scheme);
  }

  toJSON(): ObserverJson<T> {
    return jsonOfCollector(this.#collector) as ObserverJson<T>;
  }

  /** The observer that toJSON described. Throws ERR_RANGE, ERR_DTYPE, ERR_SHAPE or ERR_UNSUPPORTED for anything else. */
  static fromJSON<T extends QuantizedType>(json: ObserverJson<T>): Observer<T> {
    return observerOf(collectorOfJson(json)) as Observer<T>;
  }
}
