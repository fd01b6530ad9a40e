// What is kept of many samples of one quantity.

/** Summary of samples. All but `count` have the unit of the samples; for times, best is the smallest. */
export interface Summary {
  readonly count: number;
  readonly best: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  readonly worst: number;
  /** How well the best repeats: |best of the first half of the samples - best of the second half| / best. */
  readonly noise: number | null;
}

/** The `fraction` quantile (0 to 1) of ascending values, linear between neighbours. */
export function quantile(ascending: readonly number[], fraction: number): number {
  if (ascending.length === 0) return Number.NaN;
  const position = fraction * (ascending.length - 1);
  const below = Math.floor(position);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}

function noiseOf(samples: readonly number[]): number | null {
  const half = Math.floor(samples.length / 2);
  if (half === 0) return null;
  const [first, second] = [Math.min(...samples.slice(0, half)), Math.min(...samples.slice(half))];
  return Math.abs(first - second) / Math.min(first, second);
}

/** Summarizes samples, in the order of time, where less is better; of no samples every figure is NaN. */
export function summarize(samples: readonly number[]): Summary {
  const ascending = [...samples].sort((a, b) => a - b);
  return {
    count: ascending.length,
    best: quantile(ascending, 0),
    p10: quantile(ascending, 0.1),
    median: quantile(ascending, 0.5),
    p90: quantile(ascending, 0.9),
    worst: quantile(ascending, 1),
    noise: noiseOf(samples),
  };
}

/**
 * The median of the ratios that two quantities have in the same rounds: what disturbs a round disturbs both, more or less.
 * @param values, bases samples by round, undefined where none was taken
 * @returns NaN if no round has both
 */
export function pairedRatio(values: readonly (number | undefined)[], bases: readonly (number | undefined)[]): number {
  const ratios = values.flatMap((value, round) => {
    const base = bases[round];
    return value === undefined || base === undefined ? [] : [value / base];
  });
  return quantile(
    ratios.sort((a, b) => a - b),
    0.5,
  );
}

/** What is kept of waiting times, in their unit; NaN of none. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export function summarizeLatency(samples: readonly number[]): Latency {
  const ascending = [...samples].sort((a, b) => a - b);
  const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map((fraction) => quantile(ascending, fraction)) as [
    number,
    number,
    number,
    number,
  ];
  return { count: ascending.length, p50, p90, p99, max };
}
