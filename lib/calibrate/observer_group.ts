// Observes many named tensors at once: the activations of a model, sample by sample.
import { type AsyncOptions, signalOf } from '../abort_signal';
import { makeError } from '../errors';
import type { QParams, QuantizedType } from '../quantize';
import { isObject, reject } from '../validate';
import { groupOfJson, jsonOfGroup, type ObserverGroupJson } from './group_json';
import { GroupState, type ObserverGroupOptions } from './group_state';
import { type Observer, observerOf } from './observer';
import { type RunOptions, runSource, type SampleSource } from './run_source';
import { type Sample, tensorsOf } from './sample';
import { Turns } from './turns';

/** From here on tensors are observed off the event loop; smaller ones take less time than it takes to hand them over. */
const ASYNC_BYTES = 2 ** 18;

const isLarge = ({ data }: { data: unknown }) => ArrayBuffer.isView(data) && data.byteLength >= ASYNC_BYTES;

/**
 * An observer for each name, made when the name first comes. The order of samples, and how they are spread over groups that
 * are merged, makes no difference but to moving averages.
 */
export class ObserverGroup<T extends QuantizedType = QuantizedType> {
  #state: GroupState;
  readonly #turns = new Turns();
  #started = 0;

  /** @throws ERR_DTYPE, ERR_RANGE for a method or a scheme that does not exist */
  constructor(options: ObserverGroupOptions<T>) {
    this.#state = new GroupState(options);
  }

  /** Samples that counted. */
  get samples(): number {
    return this.#state.samples;
  }

  /** With the policy `ignore`: tensors of a wrong shape, which were left out. Observers count NaN and infinities. */
  get skipped(): number {
    return this.#state.skipped;
  }

  /** The observers by name, in the order in which the names came; they share this group's statistics. */
  get observers(): ReadonlyMap<string, Observer<T>> {
    return new Map(
      Array.from(this.#state.collectors, ([name, collector]) => [name, observerOf(collector) as Observer<T>]),
    );
  }

  /**
   * Takes the tensors of a sample into the statistics of their names.
   * @throws ERR_DTYPE for what is no sample; ERR_SHAPE and ERR_RANGE, naming tensor and sample (the first is 0), unless the
   *   policy ignores them. Nothing of the sample then counts.
   */
  observe(sample: Sample): this {
    this.#state.take(this.#state.stage(sample, this.#started++));
    return this;
  }

  /** As observe, computed off the event loop. Calls in flight count in their order; an aborted one does not count. */
  async observeAsync(sample: Sample, options?: AsyncOptions): Promise<this> {
    const signal = signalOf(options);
    await this.#observeAsync(sample, this.#started++, signal);
    return this;
  }

  /**
   * Observes every sample of a source, drawing the next when one is done. Large tensors are observed off the event loop,
   * which gets its turns either way.
   * @throws what observe throws, with samples numbered from the source's first; ERR_RANGE for a source without samples,
   *   unless the policy ignores that; what the source and `onProgress` throw; the signal's reason. Earlier samples count.
   */
  async run(source: SampleSource, options: RunOptions = {}): Promise<this> {
    const count = await runSource(source, options, (sample, index, signal) => {
      this.#started++;
      const large = Array.from(tensorsOf(sample, index).values()).some((one) => isObject(one) && isLarge(one));
      if (large) return this.#observeAsync(sample, index, signal);
      this.#state.take(this.#state.stage(sample, index));
      return undefined;
    });
    if (count === 0 && this.#state.options.policy === 'error')
      throw makeError('ERR_RANGE', 'the source gave no samples, expected at least one object of tensors by name');
    return this;
  }

  /** Parameters of every tensor, by name. Throws ERR_RANGE before any sample. */
  params(): Map<string, QParams<T>> {
    if (this.#state.collectors.size === 0) throw makeError('ERR_RANGE', 'nothing was observed yet');
    return new Map(Array.from(this.observers, ([name, observer]) => [name, observer.params()]));
  }

  /** Takes another group's statistics into this one. Throws ERR_SHAPE, and merges nothing, if a tensor of it does not fit. */
  merge(other: ObserverGroup<T>): this {
    if (!(other instanceof ObserverGroup)) reject('other', 'an ObserverGroup', other, 'ERR_DTYPE');
    this.#state.merge(other.#state);
    return this;
  }

  toJSON(): ObserverGroupJson<T> {
    return jsonOfGroup(this.#state) as ObserverGroupJson<T>;
  }

  /** The group that toJSON described. Throws ERR_RANGE, ERR_DTYPE, ERR_SHAPE or ERR_UNSUPPORTED for anything else. */
  static fromJSON<T extends QuantizedType>(json: ObserverGroupJson<T>): ObserverGroup<T> {
    const state = groupOfJson(json);
    const group = new ObserverGroup<T>(json.options);
    group.#state = state;
    group.#started = state.samples;
    return group;
  }

  async #observeAsync(sample: Sample, index: number, signal: AbortSignal | undefined): Promise<void> {
    const staged = this.#state.stageAsync(sample, index, { signal });
    await this.#turns.take(staged, (one) => this.#state.takeAsync(one, { signal }), signal);
  }
}
