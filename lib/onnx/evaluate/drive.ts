// Does the steps of work: all at once, or leaving the event loop its turns.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AsyncOptions, signalOf } from '../../abort_signal';
import type { Steps } from './run_plan';

/** Multiply-adds from which a step is worth a thread of its own: a few milliseconds. */
const LONG = 1e8;
/** The most milliseconds without a turn of the event loop, but for single steps that take longer. */
const MOST_MILLISECONDS = 15;

export function driveNow<Result>(work: Steps<Result>): Result {
  let next = work.next();
  while (next.done !== true) {
    next.value.now();
    next = work.next();
  }
  return next.value;
}

/** Rejects with the reason of `options.signal` when that is aborted. */
export async function drive<Result>(work: Steps<Result>, options: AsyncOptions): Promise<Result> {
  signalOf(options);
  let turned = performance.now();
  let next = work.next();
  while (next.done !== true) {
    if (next.value.work >= LONG) {
      await next.value.later();
      turned = performance.now();
    } else next.value.now();
    if (performance.now() - turned > MOST_MILLISECONDS) {
      await nextTurn();
      turned = performance.now();
    }
    signalOf(options);
    next = work.next();
  }
  return next.value;
}
