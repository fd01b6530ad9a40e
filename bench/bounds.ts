// Which limit of the machine a piece of work meets first, and the loop that measures this limit beside it.
import type { MemoryKind, Work } from './contestant';
import { memoryPlayer } from './memory_player';
import { arithmeticPlayer, type Bandwidth, type Peaks } from './peaks';
import type { Player } from './rounds';

export type BoundKind = 'int8' | 'float32' | 'read' | 'copy';

export interface Bound {
  readonly kind: BoundKind;
  /** Bytes that the memory loop goes through; 0 for arithmetic. */
  readonly bytes: number;
  /** The nearest level that holds them: 'L1', ... 'memory'; null for arithmetic. */
  readonly level: string | null;
  /** Whose memory that is; null for arithmetic. */
  readonly memory: MemoryKind | null;
}

const residentBytes = (work: Work): number => work.resident ?? work.bytes;

/** Rounded up to five binary digits: contestants that differ by a few bytes have one bound, measured once. */
function rounded(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 4);
  return Math.ceil(bytes / step) * step;
}

/** The smallest level that holds a working set, else memory. */
function levelOf(work: Work, peaks: Peaks): Bandwidth | undefined {
  // Levels were measured at half of a cache's size.
  return peaks.bandwidth.find((entry) => residentBytes(work) <= 2 * entry.bytes) ?? peaks.bandwidth.at(-1);
}

/**
 * The bound of a piece of work on one thread, as a roofline has it: arithmetic or bytes, whichever would take longer. With more threads only
 * arithmetic has one (a thread's peak times the threads); what bytes cost then depends on which caches are shared: undefined.
 */
export function boundOf(work: Work, peaks: Peaks, threads: number): Bound | undefined {
  const arithmetic = work.operations / peaks[work.arithmetic].best;
  const level = levelOf(work, peaks);
  const bytes = level === undefined ? 0 : work.bytes / level[work.traffic].best;
  if (level === undefined || arithmetic >= bytes) return { kind: work.arithmetic, bytes: 0, level: null, memory: null };
  if (threads > 1) return undefined;
  return {
    kind: work.traffic,
    bytes: rounded(residentBytes(work)),
    level: level.level,
    memory: work.memory ?? 'weights',
  };
}

export function boundKey(bound: Bound): string {
  return `${bound.kind} ${bound.bytes} ${bound.memory}`;
}

/** What a sample of a bound lasts, in milliseconds. */
const BOUND_MILLISECONDS = { least: 1, most: 100 };

/**
 * The player that measures a bound: seconds per operation, or per byte, of one thread.
 * @param seconds what the samples beside it last: the longer one is the more it bears of what disturbs the machine, so they are equal
 */
export function boundPlayer(bound: Bound, seconds: number): Player {
  if (bound.kind === 'read' || bound.kind === 'copy')
    return memoryPlayer(bound.kind, bound.bytes, bound.memory ?? 'weights');
  const { least, most } = BOUND_MILLISECONDS;
  return arithmeticPlayer(bound.kind, Math.min(most, Math.max(least, 1000 * seconds)));
}

/** The part of `work` that a bound counts: its operations, or its bytes. */
export function unitsOf(work: Work, bound: Bound): number {
  return bound.bytes === 0 ? work.operations : work.bytes;
}
