// Draws samples from a source, one at a time, until its end or an AbortSignal.
import { setImmediate } from 'node:timers/promises';
import { type AsyncOptions, signalOf } from '../abort_signal';
import { makeError } from '../errors';
import { isObject, reject } from '../validate';
import type { Sample } from './sample';
import { untilReason } from './until_reason';

type Samples<T> = Iterable<T> | AsyncIterable<T>;

/** Samples, or a function that begins them: an array, a generator, a stream of objects. */
export type Source<T> = Samples<T> | (() => Samples<T>);

export type SampleSource = Source<Sample>;

export interface CalibrationProgress {
  /** Samples that are done. */
  readonly samples: number;
  /** How many there will be, where that is known. */
  readonly total: number | undefined;
}

export interface RunOptions extends AsyncOptions {
  /** Called after each sample. */
  readonly onProgress?: ((progress: CalibrationProgress) => void) | undefined;
  /** Samples that the source has, for `onProgress`; an array says so itself. */
  readonly total?: number | undefined;
}

/** The event loop gets a turn at least this often, in milliseconds. */
const TURN_MS = 8;

type Steps<T> = Iterator<T> | AsyncIterator<T>;

/** Begins the samples, and says how many there are where an array tells. */
function begin<T>(source: Source<T>): { steps: Steps<T>; total: number | undefined } {
  const samples = typeof source === 'function' ? source() : source;
  return { steps: stepsOf(samples), total: Array.isArray(samples) ? samples.length : undefined };
}

function stepsOf<T>(samples: Samples<T>): Steps<T> {
  try {
    if (isObject(samples) && Symbol.asyncIterator in samples) return samples[Symbol.asyncIterator]();
    if (isObject(samples) && Symbol.iterator in samples) return samples[Symbol.iterator]();
  } catch (cause) {
    throw makeError('ERR_DTYPE', 'the source cannot be iterated', { cause });
  }
  return reject('source', 'an iterable, an async iterable, or a function that gives one', samples, 'ERR_DTYPE');
}

/** What is called after each sample. Throws ERR_DTYPE for what cannot be called. */
function progressOf({ onProgress }: RunOptions): RunOptions['onProgress'] {
  if (onProgress !== undefined && typeof onProgress !== 'function')
    reject('options.onProgress', 'a function', onProgress, 'ERR_DTYPE');
  return onProgress;
}

/**
 * Hands each sample to `observe` with its index; the next one is drawn when that is done. If anything throws or the signal
 * is aborted, the source is told to stop: its `finally` runs.
 * @returns how many samples there were
 */
export async function runSource<T>(
  source: Source<T>,
  options: RunOptions,
  observe: (sample: T, index: number, signal: AbortSignal | undefined) => Promise<void> | undefined,
): Promise<number> {
  const signal = signalOf(options);
  const onProgress = progressOf(options);
  const { steps, total } = begin(source);
  let count = 0;
  let over = false;
  let turn = performance.now();
  try {
    while (true) {
      const step = steps.next();
      const { done, value } = await (step instanceof Promise ? untilReason(step, signal) : step);
      if (done) break;
      const work = observe(value, count, signal);
      if (work !== undefined) await work;
      count++;
      onProgress?.({ samples: count, total: options.total ?? total });
      if (performance.now() - turn < TURN_MS) continue;
      await setImmediate();
      signal?.throwIfAborted();
      turn = performance.now();
    }
    over = true;
  } finally {
    // Not awaited: a generator that waits for its next sample cannot stop before that comes.
    if (!over) void Promise.resolve(steps.return?.()).catch(() => undefined);
  }
  return count;
}
