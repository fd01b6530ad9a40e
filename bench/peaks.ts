// What this machine can do at most: arithmetic from registers, and bytes from each level of its memory.
import os from 'node:os';
import { addon } from '../lib/addon';
import type { Cache } from './caches';
import { memoryPlayer } from './memory_player';
import { type Player, playRounds, type RoundLimits, samplesOf, type Track } from './rounds';
import { summarize } from './statistics';

/** A rate per second: operations or bytes. */
export interface Rate {
  readonly best: number;
  readonly median: number;
}

export interface Bandwidth {
  /** 'L1', 'L2', ... or 'memory'. */
  readonly level: string;
  /** Bytes that were gone through; the copy's source and target share them. */
  readonly bytes: number;
  readonly read: Rate;
  /** Bytes read plus bytes written. */
  readonly copy: Rate;
}

/** All of one thread. */
export interface Peaks {
  /** Operations per second of the register-only loop, a multiply-add counted as two. */
  readonly int8: Rate;
  readonly float32: Rate;
  readonly bandwidth: readonly Bandwidth[];
}

/** Milliseconds of a sample of a register-only loop, unless it stands beside longer ones. */
const PEAK_MILLISECONDS = 2;
/**
 * Memory is what this many times the last cache go through: caches evict at random, and of twice their size still give a fifth, read again and
 * again (on a Zen 5 with 32 MiB: 64 GB/s of 2 times, 46 of 4, 43 of 8, 42 of 16).
 */
const MEMORY_CACHES = 8;
/** What a machine with a huge cache can spare. */
const MEMORY_LIMIT = 2 ** 30;
/** The part of free memory that the weights of one contestant may take. */
const COLD_PART = 1 / 16;
/** Where the system does not describe its caches. */
const ASSUMED_CACHES: readonly Pick<Cache, 'level' | 'bytes'>[] = [
  { level: 1, bytes: 32 * 1024 },
  { level: 2, bytes: 512 * 1024 },
  { level: 3, bytes: 8 * 1024 * 1024 },
];

/** Samples the register-only loop of the kernel set in use. Its unit of work is one operation. */
export function arithmeticPlayer(kind: 'int8' | 'float32', milliseconds = PEAK_MILLISECONDS): Player {
  return { sample: () => 1 / addon.measurePeak(kind, milliseconds) };
}

function toRate(secondsPerUnit: Track): Rate {
  const { best, median } = summarize(samplesOf(secondsPerUnit));
  return { best: 1 / best, median: 1 / median };
}

/** Where bandwidth is measured: half of each cache, and memory beyond the last one. */
export function bandwidthLevels(caches: readonly Pick<Cache, 'level' | 'bytes'>[]): { level: string; bytes: number }[] {
  const known = caches.length > 0 ? caches : ASSUMED_CACHES;
  const last = known.at(-1)?.bytes ?? 0;
  const memory = Math.min(MEMORY_CACHES * last, MEMORY_LIMIT, Math.floor(os.freemem() / 4));
  const levels = known.map((cache) => ({ level: `L${cache.level}`, bytes: Math.floor(cache.bytes / 2) }));
  return memory > last ? [...levels, { level: 'memory', bytes: memory }] : levels;
}

/** Bytes that miss the last cache for the most part when gone through again and again; 0 if memory has no place for them. */
export function coldBytes(caches: readonly Pick<Cache, 'level' | 'bytes'>[]): number {
  const last = (caches.length > 0 ? caches : ASSUMED_CACHES).at(-1)?.bytes ?? 0;
  const bytes = Math.min(MEMORY_CACHES * last, MEMORY_LIMIT, Math.floor(os.freemem() * COLD_PART));
  return bytes >= 2 * last ? bytes : 0;
}

/** Measures everything with one thread; about `limits.budget` seconds for arithmetic and for each level. */
export async function measurePeaks(caches: readonly Cache[], limits: RoundLimits): Promise<Peaks> {
  const [int8 = [], float32 = []] = await playRounds([arithmeticPlayer('int8'), arithmeticPlayer('float32')], limits);
  const bandwidth: Bandwidth[] = [];
  for (const { level, bytes } of bandwidthLevels(caches)) {
    const [read = [], copy = []] = await playRounds([memoryPlayer('read', bytes), memoryPlayer('copy', bytes)], limits);
    bandwidth.push({ level, bytes, read: toRate(read), copy: toRate(copy) });
  }
  return { int8: toRate(int8), float32: toRate(float32), bandwidth };
}
