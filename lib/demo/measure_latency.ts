// How long both networks take for one image and for a batch: whole forward passes, in turn, in the same loop.

import { summarizeTimes, type Times } from '../statistics';
import { Tensor } from '../tensor';
import type { Dataset } from './dataset';
import { featuresOf } from './evaluate';
import type { Network } from './networks';
import { finishStep, type Watch } from './watch';

/** Times of one forward pass from float32 features to logits; the quantization of activations is part of it. */
export interface Latency {
  /** Images in one pass. */
  readonly rows: number;
  readonly float32: Times;
  readonly int8: Times;
}

/** Microseconds of one call. */
export function timeCall(call: () => unknown): number {
  const start = performance.now();
  call();
  return 1000 * (performance.now() - start);
}

/** Two kinds of call, timed by turns so that a change of clock or a busy neighbour meets both. */
export async function timeByTurns(
  calls: readonly [(round: number) => number, (round: number) => number],
  limits: { milliseconds: number; minRounds: number },
  watch: Watch = {},
): Promise<[number[], number[]]> {
  const samples: [number[], number[]] = [[], []];
  const begin = performance.now();
  let paused = begin;
  for (let round = 0; ; round++) {
    const now = performance.now();
    if (round >= limits.minRounds && now - begin >= limits.milliseconds) return samples;
    if (now - paused > PAUSE_MILLISECONDS) {
      await finishStep(watch, (now - begin) / limits.milliseconds);
      paused = performance.now();
    }
    // Who goes first alternates as well.
    const first = round % 2 === 0 ? 0 : 1;
    samples[first].push(calls[first](round));
    samples[first === 0 ? 1 : 0].push(calls[first === 0 ? 1 : 0](round));
  }
}

/** Work without a pause: short for an interrupt, long beside what the pause disturbs. */
const PAUSE_MILLISECONDS = 100;
/** Least numbers of calls, however slow they are. */
const WARM_UP_ROUNDS = 3;
export const MIN_ROUNDS = 15;
/** Inputs that are used in rotation. */
const INPUTS = 8;

/** Measures passes of `rows` images (at most as many as there are) for some milliseconds, after a warm-up. */
export async function measureLatency(
  networks: { float32: Network; int8: Network },
  dataset: Dataset,
  options: Watch & { rows: number; milliseconds: number },
): Promise<Latency> {
  const rows = Math.min(options.rows, dataset.count);
  const starts = Math.max(Math.floor(dataset.count / rows), 1);
  const inputs: Tensor<'float32'>[] = Array.from({ length: Math.min(INPUTS, starts) }, (_, i) =>
    featuresOf(dataset, i * rows, (i + 1) * rows),
  );
  const inputOf = (round: number): Tensor<'float32'> =>
    inputs[round % inputs.length] ?? Tensor.zeros('float32', [0, 0]);
  const calls = [
    (round: number) => timeCall(() => networks.float32.forward(inputOf(round))),
    (round: number) => timeCall(() => networks.int8.forward(inputOf(round))),
  ] as const;
  const { milliseconds, signal } = options;
  await timeByTurns(calls, { milliseconds: milliseconds / 6, minRounds: WARM_UP_ROUNDS }, { signal });
  const [float32, int8] = await timeByTurns(calls, { milliseconds, minRounds: MIN_ROUNDS }, options);
  return { rows, float32: summarizeTimes(float32), int8: summarizeTimes(int8) };
}
