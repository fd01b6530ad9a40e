// A computation in parts of some milliseconds, which run one after the other, or each in a turn of the event loop.
import { setImmediate } from 'node:timers/promises';
import { type AsyncOptions, signalOf } from '../abort_signal';

/** A part that is native: on this thread and the pool's, or on the pool alone. */
export interface NativePart {
  now(): void;
  later(options: AsyncOptions): Promise<void>;
}

/** What yields where a part is over: undefined, or the native one that is next. */
export type InParts<T> = Generator<NativePart | undefined, T, undefined>;

/** Values that make a part where each takes about a tenth of a microsecond. */
export const PART_VALUES = 65536;

/** Whether a part is over behind this row of so many values, where rows are gone through one after the other. */
export function endsPart(row: number, width: number): boolean {
  const each = Math.max(1, Math.floor(PART_VALUES / width));
  return row % each === each - 1;
}

/** All parts now. */
export function runParts<T>(parts: InParts<T>): T {
  let next = parts.next();
  for (; next.done !== true; next = parts.next()) next.value?.now();
  return next.value;
}

/** Each part in a turn of its own. Rejects with the signal's reason before the next one, and with what a part throws. */
export async function runTurns<T>(parts: InParts<T>, options: AsyncOptions): Promise<T> {
  let next = parts.next();
  for (; next.done !== true; next = parts.next()) {
    await (next.value?.later(options) ?? setImmediate());
    signalOf(options);
  }
  return next.value;
}
