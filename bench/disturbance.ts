// Whether others had the CPU while a case was timed: the limit that was measured beside it tells.
import type { Peaks } from './peaks';
import type { CaseReport } from './report_types';

/** A limit of instructions that is so far below the peak that the run began with: somebody else had the CPU meanwhile. */
const DISTURBED = 0.8;

/** What part of the run's own peak the least limit of instructions reached beside a case; 1 without one. */
export function undisturbedPart({ bounds }: Pick<CaseReport, 'bounds'>, peaks: Peaks): number {
  const parts = bounds.map(({ kind, best }) => (kind === 'int8' || kind === 'float32' ? best / peaks[kind].best : 1));
  return Math.min(1, ...parts);
}

export const isDisturbed = (report: Pick<CaseReport, 'bounds'>, peaks: Peaks): boolean =>
  undisturbedPart(report, peaks) < DISTURBED;
