// Models as evaluation functions see them: floats in, floats out, whatever the quantized model's own types.
import { pairTensors } from '../compare';
import { type Executor, feedQuantizer, openExecutor } from '../execute';
import type { Model } from '../model';
import type { Evaluate, RunnableModel, Score } from './evaluation';

export interface ScoreOptions {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each run with their number. */
  readonly onRun?: ((runs: number) => void) | undefined;
}

interface Opened {
  readonly executor: Executor;
  /** The tensor that holds the real values of each output. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Outputs that became integers are dequantized behind the model. */
async function open(float: Model, model: Model, threads: number | undefined): Promise<Opened> {
  const names = float.graph.outputs.map(({ name }) => name);
  const { pairs, other } = pairTensors(float, model);
  const counterparts = new Map(pairs.map(({ tensor, counterpart }) => [tensor, counterpart]));
  const outputs = new Map(names.map((name) => [name, counterparts.get(name) ?? name]));
  const executor = await openExecutor(other, { threads, outputs: [...outputs.values()] });
  return { executor, outputs };
}

/**
 * Opens a model, lets `evaluate` score it, and closes it. Throws what any of them throws.
 * @param float the model whose inputs and outputs the function knows; `model` is this, or a quantized form of it
 */
export async function scoreModel(
  float: Model,
  model: Model,
  evaluate: Evaluate,
  options: ScoreOptions,
): Promise<Score> {
  const { signal, threads, onRun } = options;
  const { executor, outputs } = await open(float, model, threads);
  const feedsOf = feedQuantizer(model);
  let runs = 0;
  const runnable: RunnableModel = {
    inputs: float.graph.inputs.map(({ name }) => name),
    outputs: [...outputs.keys()],
    run: async (feeds) => {
      const results = await executor.run(feedsOf(feeds), { signal });
      onRun?.(++runs);
      return Object.fromEntries(Array.from(outputs, ([name, tensor]) => [name, results[tensor]!]));
    },
  };
  try {
    return await evaluate(runnable, { signal });
  } finally {
    await executor.dispose();
  }
}
