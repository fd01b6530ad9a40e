// The one place where tensors become statistics, for observers and groups alike: checked first, taken second.
import type { AsyncOptions } from '../abort_signal';
import type { TensorLike } from '../tensor';
import { copyOf } from '../tensor/tensor';
import type { Label } from './bad_data';
import { layoutOfRanges, layoutOfSketch } from './layout';
import { type CheckedOptions, createStatistics } from './observer_options';
import { checkFinite, checkObserved, type Observed, type Scan, scan, scanAsync } from './scan';
import type { Statistics } from './statistics';

/** A tensor that passed its checks. */
export interface Staged {
  readonly observed: Observed;
  readonly scan: Scan | undefined;
}

export class Collector {
  readonly options: CheckedOptions;
  readonly statistics: Statistics;

  constructor(options: CheckedOptions, statistics: Statistics = createStatistics(options)) {
    this.options = options;
    this.statistics = statistics;
  }

  /** Another one with the same data so far. */
  clone(): Collector {
    return new Collector(this.options, this.statistics.clone());
  }

  /** Checks a tensor; nothing counts yet. Throws ERR_DTYPE, ERR_SHAPE, and ERR_RANGE by the policy. */
  stage(label: Label, x: TensorLike<'float32'>): Staged {
    const observed = this.#check(label, x);
    return { observed, scan: this.#needsScan ? this.#judge(observed, scan(observed)) : undefined };
  }

  take({ observed, scan: scanned }: Staged): void {
    this.statistics.take(observed, scanned);
  }

  /** As stage, off the event loop. x may change as soon as the call has returned. */
  async stageAsync(label: Label, x: TensorLike<'float32'>, options: AsyncOptions): Promise<Staged> {
    const checked = this.#check(label, x);
    const observed = { ...checked, data: copyOf('float32', checked.data) };
    return { observed, scan: this.#needsScan ? this.#judge(observed, await scanAsync(observed, options)) : undefined };
  }

  takeAsync({ observed, scan: scanned }: Staged, options: AsyncOptions): Promise<void> {
    return this.statistics.takeAsync(observed, scanned, options);
  }

  get #needsScan(): boolean {
    return this.options.policy === 'error' || this.statistics.needsScan;
  }

  #check(label: Label, x: TensorLike<'float32'>): Observed {
    const { granularity } = this.options.scheme;
    const layoutOf = this.statistics.needsScan ? layoutOfRanges : layoutOfSketch;
    return checkObserved(label, x, (dims) => layoutOf(dims, granularity), this.statistics.channels);
  }

  #judge(observed: Observed, scanned: Scan): Scan {
    if (this.options.policy === 'error') checkFinite(observed, scanned);
    return scanned;
  }
}
