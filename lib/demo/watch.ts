// How long work is watched and stopped.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { makeError } from '../errors';

export interface Watch {
  /** Called now and then with the share that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Stops the work between two steps; it then throws ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** Ends a step: signals and timers get their turn, an abort is heard, progress is told. */
export async function finishStep(watch: Watch, done: number): Promise<void> {
  await nextTurn();
  if (watch.signal?.aborted) throw makeError('ERR_ABORTED', 'aborted by its signal', { cause: watch.signal.reason });
  watch.onProgress?.(Math.min(done, 1));
}
