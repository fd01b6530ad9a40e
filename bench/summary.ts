// The run in a few lines: what each kind of contestant takes relative to its baseline, and how near octavo comes to its bounds.
import type { CaseReport } from './report_types';

/** A figure of one case. */
export interface CaseFigure {
  readonly name: string;
  readonly value: number;
}

/** Figures over the cases of a family: of bests, but for one. */
export interface FamilyFigures {
  readonly family: string;
  readonly contestant: string;
  readonly count: number;
  readonly geometricMean: number;
  /** Geometric mean of the cases' medians. */
  readonly medianMean: number;
  readonly least: CaseFigure;
  readonly most: CaseFigure;
}

export interface RatioSummary extends FamilyFigures {
  readonly baseline: string;
}

export interface BenchSummary {
  /** Times over those of the baseline: above 1 the baseline is faster. */
  readonly ratios: readonly RatioSummary[];
  /** octavo's fraction of the bound measured beside it. */
  readonly ofBound: readonly FamilyFigures[];
}

/** Whether a contestant of this name is the library itself, and no peer. */
export const isOctavo = (name: string): boolean => name.startsWith('octavo');

/** The geometric mean of positive values; NaN of none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

interface Entry extends CaseFigure {
  readonly median: number;
  readonly family: string;
  readonly contestant: string;
  readonly baseline: string;
}

function group(entries: readonly Entry[]): RatioSummary[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.family, entry.contestant, entry.baseline]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].map((members) => {
    const sorted = [...members].sort((a, b) => a.value - b.value) as [Entry, ...Entry[]];
    const figure = ({ name, value }: Entry): CaseFigure => ({ name, value });
    const { family, contestant, baseline } = sorted[0];
    return {
      family,
      contestant,
      baseline,
      count: sorted.length,
      geometricMean: geometricMean(sorted.map(({ value }) => value)),
      medianMean: geometricMean(sorted.map(({ median }) => median)),
      least: figure(sorted[0]),
      most: figure(sorted.at(-1) ?? sorted[0]),
    };
  });
}

export function summarizeCases(cases: readonly CaseReport[]): BenchSummary {
  const ratios: Entry[] = [];
  const bounds: Entry[] = [];
  for (const { family, name, contestants } of cases)
    for (const { name: contestant, baseline, ratio, ofBound } of contestants) {
      if (baseline !== null && baseline !== contestant && ratio !== null)
        ratios.push({ family, name, contestant, baseline, value: ratio.best, median: ratio.median });
      if (ofBound !== null && isOctavo(contestant))
        bounds.push({ family, name, contestant, baseline: '', value: ofBound.best, median: ofBound.median });
    }
  return { ratios: group(ratios), ofBound: group(bounds).map(({ baseline, ...figures }) => figures) };
}
