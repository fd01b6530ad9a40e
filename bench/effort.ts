// How much time a run takes for its figures.
import type { RoundLimits } from './rounds';

export interface Effort {
  readonly limits: RoundLimits;
  /** Operations that a plain typed-array loop, and a peer without fast code for the types, do at most in one call. */
  readonly scalarOperations: number;
  readonly slowPeerOperations: number;
  /** Seconds of each load of concurrent calls, and how many are in flight. */
  readonly loadSeconds: number;
  readonly inFlight: readonly number[];
}

const FULL: Effort = {
  limits: { budget: 2, minRounds: 7, maxRounds: 200, minSample: 0.001, warmUp: 0.03 },
  scalarOperations: 3e8,
  slowPeerOperations: 3e9,
  loadSeconds: 1,
  inFlight: [1, 10, 100],
};

/** Half a minute for everything. */
const QUICK: Effort = {
  limits: { budget: 0.25, minRounds: 4, maxRounds: 40, minSample: 0.001, warmUp: 0.005 },
  scalarOperations: 5e7,
  slowPeerOperations: 3e8,
  loadSeconds: 0.25,
  inFlight: [1, 100],
};

/** @param seconds what the rounds of each case take, if not the usual time */
export function effortOf(quick: boolean, seconds?: number): Effort {
  const effort = quick ? QUICK : FULL;
  if (seconds === undefined) return effort;
  // Cases that are asked to take longer want more samples.
  const maxRounds = Math.max(
    effort.limits.maxRounds,
    Math.ceil((effort.limits.maxRounds * seconds) / effort.limits.budget),
  );
  return { ...effort, limits: { ...effort.limits, budget: seconds, maxRounds } };
}
