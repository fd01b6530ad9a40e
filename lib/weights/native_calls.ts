// A computation as a row of native calls, which run at once, or one after the other off the event loop.
import { untilAborted } from '../abort_signal';
import { addon } from '../addon';
import type { WeightOperations } from '../addon_types/weights';

type Operations = WeightOperations<void>;

export interface NativeCall {
  readonly name: keyof Operations;
  readonly args: readonly unknown[];
  /** How much of the whole is done when it is over. */
  readonly progress: Progress | undefined;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** How an asynchronous computation is watched. */
export interface Watch {
  /** Aborting it rejects with its reason before the next native call. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What yields native calls, whose results lie in their arguments when it goes on. */
export type NativeCalls<T> = Generator<NativeCall, T, undefined>;

export function nativeCall<K extends keyof Operations>(
  name: K,
  args: Readonly<Parameters<Operations[K]>>,
  progress?: Progress,
): NativeCall {
  return { name, args, progress };
}

/** All of them now, on this thread and the pool's. */
export function runNow<T>(calls: NativeCalls<T>): T {
  let next = calls.next();
  for (; next.done !== true; next = calls.next()) {
    const { name, args } = next.value;
    (addon[name] as (...args: readonly unknown[]) => void)(...args);
  }
  return next.value;
}

/** One after the other on the pool. Rejects with the signal's reason, and with what a call or `onProgress` throws. */
export async function runLater<T>(calls: NativeCalls<T>, { signal, onProgress }: Watch): Promise<T> {
  let next = calls.next();
  for (; next.done !== true; next = calls.next()) {
    const { name, args, progress } = next.value;
    const call = addon[`${name}Async`] as (...args: readonly unknown[]) => Promise<void>;
    await untilAborted(signal, () => call(...args));
    if (progress !== undefined) onProgress?.(progress);
  }
  return next.value;
}
