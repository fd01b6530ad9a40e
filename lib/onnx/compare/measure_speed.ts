// How long a run of each of two models takes, side by side.
import { setImmediate } from 'node:timers/promises';
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { makeError } from '../../errors';
import { summarizeTimes, type Times } from '../../statistics';
import { type Executor, feedQuantizer, openExecutor } from '../execute';
import type { Feeds, Model } from '../model';

export interface SpeedOptions extends AsyncOptions {
  /** Default 1. */
  readonly threads?: number | undefined;
  /** How long both models are run in all, after a warm-up; default 1000. */
  readonly milliseconds?: number | undefined;
}

/** Times of one run, in microseconds. */
export interface SpeedComparison {
  readonly a: Times;
  readonly b: Times;
  /** How many times as fast b is: best against best. */
  readonly ratio: number;
  readonly threads: number;
}

/** Runs of each model at least, however slow they are. */
const FEWEST_ROUNDS = 7;
const WARM_UP_ROUNDS = 3;

type Run = () => Promise<unknown>;

async function microseconds(run: Run): Promise<number> {
  const start = performance.now();
  await run();
  return 1000 * (performance.now() - start);
}

/** Alternates two runs, and who goes first, so that a change of clock or a busy neighbour meets both. */
async function alternate(runs: readonly [Run, Run], limit: number, signal: AbortSignal | undefined) {
  const times: [number[], number[]] = [[], []];
  const begin = performance.now();
  for (let round = 0; round < FEWEST_ROUNDS || performance.now() - begin < limit; round++) {
    const first = round % 2;
    for (const which of [first, 1 - first] as const) times[which as 0 | 1].push(await microseconds(runs[which]!));
    if (round % 16 === 15) await setImmediate();
    signal?.throwIfAborted();
  }
  return times;
}

async function open(model: Model, threads: number): Promise<Executor> {
  return openExecutor(model, { kind: 'onnxruntime', threads });
}

/**
 * Times both models on the same feeds in onnxruntime, as it optimizes them, by turns; the first runs do not count.
 * @param feeds of a; inputs that are integers in b are quantized for it
 * @throws ERR_UNSUPPORTED where onnxruntime-node is not installed; ERR_RANGE without feeds; what the models throw
 */
export async function measureSpeed(
  a: Model,
  b: Model,
  feeds: Feeds,
  options: SpeedOptions = {},
): Promise<SpeedComparison> {
  const signal = signalOf(options);
  const { threads = 1, milliseconds = 1000 } = options;
  if (!(milliseconds >= 0)) throw makeError('ERR_RANGE', `milliseconds must be 0 or more, got ${milliseconds}`);
  const executors: Executor[] = [];
  try {
    for (const model of [a, b]) executors.push(await open(model, threads));
    const runs = [await executors[0]!.bind(feeds), await executors[1]!.bind(feedQuantizer(b)(feeds))] as const;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const run of runs) await run();
    const [timesA, timesB] = await alternate(runs, milliseconds, signal);
    const [summaryA, summaryB] = [summarizeTimes(timesA), summarizeTimes(timesB)];
    return { a: summaryA, b: summaryB, ratio: summaryA.best / summaryB.best, threads };
  } finally {
    for (const executor of executors) await executor.dispose();
  }
}
