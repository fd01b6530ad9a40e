// Runs samples through models that give more tensors than fit into memory at once: group by group.
import { runSource } from '../../calibrate/run_source';
import type { Feeds } from '../model';
import { canRepeat, countOf, type FeedSource, samplesIn } from './sample_source';

/** One item of a source. */
export interface Item {
  readonly feeds: Feeds;
  /** The number of its first sample, from 0, and how many it holds. */
  readonly first: number;
  readonly samples: number;
  readonly signal: AbortSignal | undefined;
}

export interface PassProgress {
  /** Samples of this pass that are done. */
  readonly samples: number;
  /** How many there will be, where that is known. */
  readonly total: number | undefined;
  /** Which pass over the samples, from 1, and how many there are: more than one if not all tensors fit into memory. */
  readonly pass: number;
  readonly passes: number;
}

interface Disposable {
  dispose(): Promise<void>;
}

export interface Passes<Group, Runner extends Disposable> {
  /** What is done with the same samples, pass by pass; the first feeds tell sizes. */
  plan(feeds: Feeds): readonly (readonly Group[])[];
  open(group: Group): Promise<Runner>;
  use(runner: Runner, item: Item): Promise<void>;
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Draws every sample once for each pass; what is open in a pass is disposed at its end. A source that cannot be iterated
 * again has all groups in one pass.
 * @returns how many samples there were
 */
export async function runPasses<Group, Runner extends Disposable>(
  source: FeedSource,
  passes: Passes<Group, Runner>,
): Promise<number> {
  const { onProgress, signal } = passes;
  let plan: readonly (readonly Group[])[] | undefined;
  let samples = 0;
  for (let pass = 0; pass < (plan?.length ?? 1); pass++) {
    const runners: Runner[] = [];
    samples = 0;
    try {
      await runSource<Feeds>(source, { signal }, async (feeds) => {
        plan ??= canRepeat(source) ? passes.plan(feeds) : [passes.plan(feeds).flat()];
        if (samples === 0) for (const group of plan[pass] ?? []) runners.push(await passes.open(group));
        const item = { feeds, first: samples, samples: samplesIn(source, feeds), signal };
        for (const runner of runners) await passes.use(runner, item);
        samples += item.samples;
        onProgress?.({ samples, total: countOf(source), pass: pass + 1, passes: plan.length });
      });
    } finally {
      for (const runner of runners) await runner.dispose();
    }
  }
  return samples;
}
