// How fast two models run here: by turns, on one thread.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { summarizeTimes } from '../../statistics';
import { openExecutor } from '../execute';
import type { Feeds, Model } from '../model';
import type { SpeedRow, Times } from '../report';

/** Rounds end when both are reached. */
const MILLISECONDS = 1200;
const LEAST_ROUNDS = 8;
const MOST_ROUNDS = 2000;
const WARM_UP = 3;

function timesOf(microseconds: readonly number[]): Times {
  const { best, median, samples } = summarizeTimes(microseconds);
  return { best: best / 1e6, median: median / 1e6, runs: samples };
}

type Run = () => Promise<unknown>;

async function time(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return 1000 * (performance.now() - start);
}

/** Who goes first alternates, so that a change of clock or a busy neighbour meets both. */
async function byTurns(float: Run, quantized: Run, signal: AbortSignal | undefined): Promise<[number[], number[]]> {
  const samples: [number[], number[]] = [[], []];
  for (let i = 0; i < WARM_UP; i++) for (const run of [float, quantized]) await run();
  const begin = performance.now();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round >= LEAST_ROUNDS && performance.now() - begin > MILLISECONDS) break;
    if (round % 16 === 0) await nextTurn();
    signal?.throwIfAborted();
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const which of order) samples[which].push(await time(which === 0 ? float : quantized));
  }
  return samples;
}

export interface SpeedOptions {
  readonly runtime: string;
  readonly signal?: AbortSignal | undefined;
}

/** Times both models in onnxruntime-node on one thread, each fed with what fits it. Throws what the runtime throws. */
export async function measureSpeed(
  float: { readonly model: Model; readonly feeds: Feeds },
  quantized: { readonly model: Model; readonly feeds: Feeds },
  { runtime, signal }: SpeedOptions,
): Promise<SpeedRow> {
  const threads = 1;
  const first = await openExecutor(float.model, { kind: 'onnxruntime', threads });
  try {
    const second = await openExecutor(quantized.model, { kind: 'onnxruntime', threads });
    try {
      const samples = await byTurns(
        () => first.run(float.feeds),
        () => second.run(quantized.feeds),
        signal,
      );
      const [a, b] = samples.map(timesOf) as [Times, Times];
      const inputs = Object.fromEntries(Object.entries(float.feeds).map(([name, { dims }]) => [name, dims]));
      return { float: a, quantized: b, ratio: a.best / b.best, threads, inputs, runtime };
    } finally {
      await second.dispose();
    }
  } finally {
    await first.dispose();
  }
}
