// The statistics of a group: a collector for each name, and samples that count as a whole or not at all.
import type { AsyncOptions } from '../abort_signal';
import { isOctavoError, makeError } from '../errors';
import type { QuantizedType } from '../quantize';
import { isObject, reject, show } from '../validate';
import { labelOf, naming } from './bad_data';
import { Collector, type Staged } from './collector';
import { mergeCollectors } from './observer_json';
import { type CheckedOptions, checkObserverOptions, type ObserverOptions } from './observer_options';
import { type Sample, tensorsOf } from './sample';

/** What is different for one tensor of a group. */
export type Override<T extends QuantizedType = QuantizedType> = Partial<Omit<ObserverOptions<T>, 'policy'>>;

export interface ObserverGroupOptions<T extends QuantizedType = QuantizedType> extends ObserverOptions<T> {
  /** What is different for tensors of these names. */
  readonly tensors?: Readonly<Record<string, Override<T>>> | undefined;
}

/** The tensors of a sample that passed their checks; nothing of them counts yet. */
export interface StagedSample {
  readonly index: number;
  readonly tensors: readonly (readonly [name: string, staged: Staged])[];
  /** Tensors that the policy leaves out. */
  readonly skipped: number;
}

export class GroupState {
  readonly options: CheckedOptions;
  readonly overrides: ReadonlyMap<string, Override>;
  readonly collectors = new Map<string, Collector>();
  samples = 0;
  skipped = 0;

  /** @throws ERR_DTYPE, ERR_RANGE for options that make no sense */
  constructor(options: ObserverGroupOptions) {
    this.options = checkObserverOptions(options);
    const { tensors = {} } = options;
    if (!isObject(tensors)) reject('options.tensors', 'an object of options by name', tensors, 'ERR_DTYPE');
    this.overrides = new Map(Object.entries(tensors));
    for (const name of this.overrides.keys()) this.createCollector(name);
  }

  /** An empty collector with the options of a name. */
  createCollector(name: string): Collector {
    const override = this.overrides.get(name) ?? {};
    return new Collector(naming(`options.tensors[${show(name)}]`, () => merged(this.options, override)));
  }

  /** Checks the tensors of a sample. Throws ERR_DTYPE, and by the policy ERR_SHAPE and ERR_RANGE. */
  stage(sample: Sample, index: number): StagedSample {
    const tensors = this.#tensorsOf(sample, index);
    const staged: (readonly [string, Staged])[] = [];
    for (const [name, tensor] of tensors) {
      try {
        staged.push([name, this.#collectorOf(name).stage(labelOf(name, index), tensor)]);
      } catch (error) {
        this.#ignoreOrThrow(error);
      }
    }
    return { index, tensors: staged, skipped: tensors.size - staged.length };
  }

  /** As stage, off the event loop; the tensors may change as soon as the call has returned. */
  async stageAsync(sample: Sample, index: number, options: AsyncOptions): Promise<StagedSample> {
    const tensors = this.#tensorsOf(sample, index);
    const stagings = Array.from(tensors, async ([name, tensor]) => {
      const staged = await this.#collectorOf(name).stageAsync(labelOf(name, index), tensor, options);
      return [name, staged] as const;
    });
    const staged: (readonly [string, Staged])[] = [];
    for (const outcome of await Promise.allSettled(stagings)) {
      if (outcome.status === 'fulfilled') staged.push(outcome.value);
      else this.#ignoreOrThrow(outcome.reason);
    }
    return { index, tensors: staged, skipped: tensors.size - staged.length };
  }

  take(sample: StagedSample): void {
    const tensors = this.#fitting(sample);
    for (const [name, staged] of tensors) this.#enter(name).take(staged);
    this.#count(sample, tensors.length);
  }

  async takeAsync(sample: StagedSample, options: AsyncOptions): Promise<void> {
    const tensors = this.#fitting(sample);
    await Promise.all(tensors.map(([name, staged]) => this.#enter(name).takeAsync(staged, options)));
    this.#count(sample, tensors.length);
  }

  /** Takes in the statistics of another group; of all its tensors or, if one does not fit, of none. Throws ERR_SHAPE. */
  merge(other: GroupState): void {
    const results = new Map<string, Collector>();
    for (const [name, collector] of other.collectors) {
      const target = this.collectors.get(name)?.clone() ?? this.createCollector(name);
      naming(`tensor ${show(name)}`, () => mergeCollectors(target, collector));
      results.set(name, target);
    }
    for (const [name, collector] of results) this.collectors.set(name, collector);
    this.samples += other.samples;
    this.skipped += other.skipped;
  }

  #tensorsOf(sample: Sample, index: number) {
    const tensors = tensorsOf(sample, index);
    if (tensors.size === 0 && this.options.policy === 'error')
      throw makeError('ERR_SHAPE', `sample ${index} has no tensors`);
    return tensors;
  }

  /** The collector of a name. That of a new one belongs to the group once something of it counts. */
  #collectorOf(name: string): Collector {
    return this.collectors.get(name) ?? this.createCollector(name);
  }

  #enter(name: string): Collector {
    const collector = this.#collectorOf(name);
    this.collectors.set(name, collector);
    return collector;
  }

  /** What fits the samples that were taken since it was checked. */
  #fitting({ tensors, index }: StagedSample): StagedSample['tensors'] {
    return tensors.filter(([name, { observed }]) => {
      const before = this.collectors.get(name)?.statistics.channels;
      if (before === undefined || before === observed.channels) return true;
      this.#ignoreOrThrow(
        makeError('ERR_SHAPE', `${labelOf(name, index)} has ${observed.channels} channels, earlier data had ${before}`),
      );
      return false;
    });
  }

  #count({ tensors, skipped }: StagedSample, taken: number): void {
    this.samples++;
    this.skipped += skipped + tensors.length - taken;
  }

  /** Wrong shapes are bad data, which the policy may ignore; what is no tensor at all never is. */
  #ignoreOrThrow(error: unknown): void {
    const bad = isOctavoError(error) && (error.code === 'ERR_SHAPE' || error.code === 'ERR_RANGE');
    if (!bad || this.options.policy === 'error') throw error;
  }
}

function merged(options: CheckedOptions, override: Override): CheckedOptions {
  if (!isObject(override)) reject('it', 'an object of options', override, 'ERR_DTYPE');
  return checkObserverOptions({ ...options, ...override, policy: options.policy });
}
