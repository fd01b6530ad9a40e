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

/** Warms a call up and finds how many calls make one sample. */
export async function callsPerSample(call: Call, limits: RoundLimits): Promise<number> {
  let count = 1;
  let spent = 0;
  for (;;) {
    const seconds = await timeCalls(call, count);
    spent += seconds;
    // A tenth more than measured: a sample must not fall short when the clock rises.
    const wanted = Math.max(1, Math.ceil((count * limits.minSample * 1.1) / Math.max(seconds, 1e-9)));
    if (spent >= limits.warmUp) return wanted;
    count = Math.min(wanted, count * 16);
  }
}

/** A player that times `count` calls at once and reports seconds per call. */
export function callPlayer(call: Call, count: number, settle?: number): Player {
  return { sample: async () => (await timeCalls(call, count)) / count, settle };
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
