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
  /** It plays in the first of each so many rounds. Default: 1, in all of them. */
  readonly every?: number | undefined;
}

/** A player's samples by round; undefined where it sat out. */
export type Track = readonly (number | undefined)[];

/** The samples of a track, in the order of time. */
export const samplesOf = (track: Track): number[] => track.filter((sample) => sample !== undefined);

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
  /** What the calls of the sample take, and those that come first, in seconds. */
  readonly seconds: number;
  readonly refreshSeconds: number;
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
      const refresh = each < LONG_CALL ? Math.ceil(REFRESH / each) : 0;
      return { calls: wanted, refresh, seconds: wanted * each, refreshSeconds: refresh * each };
    }
    count = Math.min(wanted, count * 16);
  }
}

/** A player whose turn takes this many times as long as the first one's sits out rounds, so as not to use up the time of all. */
const LONG_TURN = 4;
/** So often does each play, if there is time for as many rounds. */
const FEWEST_TURNS = 4;

/** In which rounds each of the players plays whose turns take `costs` seconds: see `Player.every`. */
export function spreadTurns(costs: readonly number[], limits: RoundLimits): number[] {
  const wanted = costs.map((cost) => Math.max(1, Math.floor(cost / (LONG_TURN * (costs[0] ?? 0)))));
  const round = costs.reduce((sum, cost, i) => sum + cost / (wanted[i] ?? 1), 0);
  const rounds = Math.max(limits.minRounds, Math.min(limits.maxRounds, limits.budget / round));
  const most = Math.max(1, Math.floor(rounds / FEWEST_TURNS));
  return wanted.map((every) => Math.min(every, most));
}

/** A player that times a sample's calls at once and reports seconds per call. */
export function callPlayer(call: Call, size: Pick<SampleSize, 'calls' | 'refresh'>, settle?: number): Player {
  const sample = async (): Promise<number> => {
    await timeCalls(call, size.refresh);
    return (await timeCalls(call, size.calls)) / size.calls;
  };
  return { sample, settle };
}

/** The seats in the order of a round: another one begins each time, and every other round goes backwards. */
function seatsOf(round: number, count: number): number[] {
  const step = round % 2 === 0 ? 1 : count - 1;
  return Array.from({ length: count }, (_, turn) => (round + turn * step) % count);
}

/** Plays rounds until the budget is spent. Returns the track of each player, in the order of `players`. */
export async function playRounds(players: readonly Player[], limits: RoundLimits): Promise<Track[]> {
  const tracks: (number | undefined)[][] = players.map(() => []);
  const end = performance.now() + limits.budget * 1000;
  for (let round = 0; round < limits.maxRounds; round++) {
    if (round >= limits.minRounds && performance.now() >= end) break;
    for (const seat of seatsOf(round, players.length)) {
      const player = players[seat];
      if (player === undefined) continue;
      const plays = round % (player.every ?? 1) === 0;
      tracks[seat]?.push(plays ? await player.sample() : undefined);
      if (plays && player.settle) await pause(player.settle);
    }
    await nextTurn(); // an interrupt is seen here
  }
  return tracks;
}
