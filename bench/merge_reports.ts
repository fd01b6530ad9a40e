// Two measurements of the same cases as one: the better of both, since what disturbs one seldom disturbs the next.
import type { BenchReport, CaseReport, ContestantReport } from './report_types';
import type { Summary } from './statistics';
import { summarizeCases } from './summary';
import type { ScalingReport } from './thread_scaling';

/** The better one, with its own ratios; its noise is at least how far the two bests are apart. */
function better<T extends { readonly seconds: Summary | null }>(first: T, second: T): T {
  if (first.seconds === null || second.seconds === null) return first.seconds === null ? second : first;
  const [a, b] = [first.seconds.best, second.seconds.best];
  const best = a <= b ? first : second;
  const apart = Math.abs(a - b) / Math.min(a, b);
  const noise = Math.max(first.seconds.noise ?? 0, second.seconds.noise ?? 0, apart);
  return { ...best, seconds: { ...best.seconds, noise } };
}

/** The better of two measurements of one case. */
export function mergeCases(first: CaseReport, second: CaseReport): CaseReport {
  const contestants = first.contestants.map((one): ContestantReport => {
    const again = second.contestants.find(({ name }) => name === one.name);
    return again === undefined ? one : better(one, again);
  });
  return { ...second, rounds: first.rounds + second.rounds, contestants };
}

function mergeScaling(first: ScalingReport, second: ScalingReport): ScalingReport {
  const kept = first.points.map((point) => {
    const again = second.points.find(({ threads }) => threads === point.threads);
    return again === undefined ? point : better(point, again);
  });
  const single = kept[0]?.seconds.best ?? Number.NaN;
  const points = kept.map((point) => {
    const { speedup, seconds } = point;
    return { ...point, speedup: { ...speedup, best: single / seconds.best } };
  });
  return { ...first, points };
}

/** Merges by name what the second report has of the first. */
function mergeByName<T extends { readonly name: string }>(
  first: readonly T[],
  second: readonly T[],
  merge: (a: T, b: T) => T,
): T[] {
  return first.map((one) => {
    const again = second.find(({ name }) => name === one.name);
    return again === undefined ? one : merge(one, again);
  });
}

/** A report with the better of two measurements of the cases that both have. */
export function mergeReports(first: BenchReport, second: BenchReport): BenchReport {
  const cases = mergeByName(first.cases, second.cases, mergeCases);
  const scaling = mergeByName(first.scaling, second.scaling, mergeScaling);
  const cpuStates = first.cpuStates && { ...first.cpuStates, after: second.cpuStates?.after ?? first.cpuStates.after };
  return { ...first, cpuStates, cases, scaling, summary: summarizeCases(cases) };
}
