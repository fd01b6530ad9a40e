// Times players in turn, round by round, so that a change of clock or a busy neighbour hits all of them alike.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Call } from './contestant';

export interface RoundLimits {
  /** Rounds go on for this many seconds, within the counts below. */
  readonly budget: number;
  readonly minRounds: number;
  readonly maxRounds: number;
  /** Seconds that a sample must last at least: it makes as many calls as that takes. */
  readonly minSample: number;
  /** Seconds that a warm-up lasts at least, unless a single call takes longer. */
  readonly warmUp: number;
}

export interface Player {
  /** Takes one sample and returns seconds per unit of its work. */
  readonly sample: () => number | Promise<number>;
  /** Untimed pause after each sample, in milliseconds. */
  readonly settle?: number | undefined;
}

async function timeCalls(call: Call, count: number): Promise<number> {
  const start = performance.now();
  if (call.kind === 'sync') for (let i = 0; i < count; i++) call.run();
  else for (let i = 0; i < count; i++) await call.run();
  return (performance.now() - start) / 1000;
}

/** A call this long finds its caches hot enough by itself, in seconds. */
const LONG_CALL = 0.02;

/** Seconds of untimed calls before a sample: after a single one the last cache still holds what others left. */
const REFRESH = 0.0005;

/** What one sample of a call is: how many calls, and how many untimed ones come first. */
export interface SampleSize {
  readonly calls: number;
  /** Others run between two samples and push this call's bytes out of the caches: these calls bring them back. */
  readonly refresh: number;
}

/** Warms a call up and finds what makes one sample of it. */
export async function sampleSize(call: Call, limits: RoundLimits): Promise<SampleSize> {
  let count = 1;
  let spent = 0;
  for (;;) {
    const seconds = await timeCalls(call, count);
    spent += seconds;
    // A tenth more than measured: a sample must not fall short when the clock rises.
    const wanted = Math.max(1, Math.ceil((count * limits.minSample * 1.1) / Math.max(seconds, 1e-9)));
    if (spent >= limits.warmUp) {
      const each = Math.max(seconds / count, 1e-9);
      return { calls: wanted, refresh: each < LONG_CALL ? Math.ceil(REFRESH / each) : 0 };
    }
    count = Math.min(wanted, count * 16);
  }
}

/** A player that times a sample's calls at once and reports seconds per call. */
export function callPlayer(call: Call, size: SampleSize, settle?: number): Player {
  const sample = async (): Promise<number> => {
    await timeCalls(call, size.refresh);
    return (await timeCalls(call, size.calls)) / size.calls;
  };
  return { sample, settle };
}

/** Plays rounds until the budget is spent. Returns the samples of each player, in the order of `players`. */
export async function playRounds(players: readonly Player[], limits: RoundLimits): Promise<number[][]> {
  const samples: number[][] = players.map(() => []);
  const end = performance.now() + limits.budget * 1000;
  for (let round = 0; round < limits.maxRounds; round++) {
    if (round >= limits.minRounds && performance.now() >= end) break;
    for (let turn = 0; turn < players.length; turn++) {
      // The order rotates, so that nobody always follows the same neighbour.
      const seat = (round + turn) % players.length;
      const player = players[seat];
      if (player === undefined) continue;
      samples[seat]?.push(await player.sample());
      if (player.settle !== undefined) await pause(player.settle);
    }
    await nextTurn(); // an interrupt is seen here
  }
  return samples;
}
