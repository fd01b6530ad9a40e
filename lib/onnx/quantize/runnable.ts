// Models as evaluation functions see them: floats in, floats out, whatever the model's own types.
import { type ExecutorOptions, openExecutor } from '../execute';
import type { Model } from '../model';
import { type Boundary, dequantizeResults, quantizeFeeds } from './boundary';
import type { Evaluate, RunnableModel, Score } from './evaluation';

export interface ScoreOptions extends Pick<ExecutorOptions, 'threads'> {
  readonly signal?: AbortSignal | undefined;
  readonly boundary?: Boundary | undefined;
  /** Called after each run with their number. */
  readonly onRun?: ((runs: number) => void) | undefined;
}

/** Opens a model, lets `evaluate` score it, and closes it. Throws what any of them throws. */
export async function scoreModel(model: Model, evaluate: Evaluate, options: ScoreOptions): Promise<Score> {
  const { signal, boundary = new Map(), threads, onRun } = options;
  const executor = await openExecutor(model, { threads });
  let runs = 0;
  const runnable: RunnableModel = {
    inputs: model.graph.inputs.map(({ name }) => name),
    outputs: model.graph.outputs.map(({ name }) => name),
    run: async (feeds) => {
      const results = await executor.run(quantizeFeeds(feeds, boundary), { signal });
      onRun?.(++runs);
      return dequantizeResults(results, boundary);
    },
  };
  try {
    return await evaluate(runnable, { signal });
  } finally {
    await executor.dispose();
  }
}
