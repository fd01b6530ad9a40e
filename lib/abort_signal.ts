// AbortSignals of asynchronous calls: what aborting one does, and one listener on each, however many calls share it.
import { addon } from './addon';
import { makeError } from './errors';
import { checkOptions, isObject, reject } from './validate';

export interface AsyncOptions {
  /**
   * Aborting it rejects the call at once with the signal's reason. A call that still waits for a thread then never runs
   * and lets go of its inputs; one that runs already goes on to its end for nothing. Either way `out` stays as it is. A
   * signal that is aborted already rejects the call before anything is queued.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The jobs that one signal would cancel, and what listens to it. */
interface Watch {
  readonly jobs: Set<number>;
  readonly cancel: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/** The signal of a call's options. Throws ERR_DTYPE for what is none, and the signal's reason if it is aborted. */
export function signalOf(options: AsyncOptions | undefined): AbortSignal | undefined {
  const { signal } = checkOptions('options', options);
  if (signal === undefined) return undefined;
  if (!isAbortSignal(signal)) reject('options.signal', 'an AbortSignal', signal, 'ERR_DTYPE');
  throwIfAborted(signal);
  return signal;
}

/**
 * The result of the one job that `start` queues, or the signal's reason if that is aborted first. The signal holds no
 * listener of a job that is over.
 */
export async function untilAborted<T>(signal: AbortSignal | undefined, start: () => Promise<T>): Promise<T> {
  if (signal === undefined) return start();
  throwIfAborted(signal);
  const { jobs } = watchOf(signal); // before anything is queued, whose failure nobody would see if this throws
  let job: number | undefined;
  try {
    const promise = start();
    job = addon.latestJob();
    jobs.add(job);
    const result = await promise;
    throwIfAborted(signal); // by another call that settled in the same turn
    return result;
  } finally {
    if (job !== undefined) jobs.delete(job);
    unwatch(signal);
  }
}

function watchOf(signal: AbortSignal): Watch {
  const found = watches.get(signal);
  if (found !== undefined) return found;
  const jobs = new Set<number>();
  const cancel = () => {
    watches.delete(signal);
    for (const each of jobs) addon.cancelJob(each, reasonOf(signal));
  };
  signal.addEventListener('abort', cancel, { once: true });
  const watch = { jobs, cancel };
  watches.set(signal, watch);
  return watch;
}

/** Stops listening to a signal that has no job any more. */
function unwatch(signal: AbortSignal): void {
  const found = watches.get(signal);
  if (found === undefined || found.jobs.size > 0) return; // aborted, or in use
  watches.delete(signal);
  signal.removeEventListener('abort', found.cancel);
}

/** By its shape: signals of other realms and of polyfills are as good. */
function isAbortSignal(value: unknown): value is AbortSignal {
  return (
    isObject(value) &&
    typeof value.aborted === 'boolean' &&
    typeof value.addEventListener === 'function' &&
    typeof value.removeEventListener === 'function'
  );
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw reasonOf(signal);
}

/** Every signal of Node's own has a reason; old polyfills have none. */
function reasonOf(signal: AbortSignal): unknown {
  return signal.reason === undefined ? makeError('ERR_ABORTED', 'the call was aborted') : signal.reason;
}
