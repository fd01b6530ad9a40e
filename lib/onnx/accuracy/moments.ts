// Mean and deviation of each channel of a tensor, carried through operators as if values were normal and independent.

export interface Moments {
  /** One for each channel, or one for all. */
  readonly mean: Float64Array;
  readonly std: Float64Array;
  /** Bounds that hold for certain. */
  readonly low: number;
  readonly high: number;
}

/** Points of the normal distribution that integrals are taken over: the middles of slices from -5 to 5 deviations. */
const POINTS = 200;
const WIDTH = 10 / POINTS;
const NODES = Float64Array.from({ length: POINTS }, (_, i) => -5 + (i + 0.5) * WIDTH);
const DENSITY = NODES.map((z) => Math.exp(-0.5 * z * z));
const TOTAL = DENSITY.reduce((sum, one) => sum + one, 0);

export const uniform = (low: number, high: number): Moments => ({
  mean: Float64Array.of((low + high) / 2),
  std: Float64Array.of((high - low) / Math.sqrt(12)),
  low,
  high,
});

export const at = (values: ArrayLike<number>, channel: number): number =>
  values[values.length === 1 ? 0 : channel] as number;

/** Those of f(x): integrals over the normal distribution of each channel. */
export function mapMoments({ mean, std, low, high }: Moments, f: (x: number) => number): Moments {
  const moments = Array.from(mean, (center, c) => {
    let [first, second] = [0, 0];
    NODES.forEach((z, i) => {
      const value = f(Math.min(Math.max(center + z * (std[c] as number), low), high));
      first += value * (DENSITY[i] as number);
      second += value * value * (DENSITY[i] as number);
    });
    return { mean: first / TOTAL, variance: Math.max(second / TOTAL - (first / TOTAL) ** 2, 0) };
  });
  return {
    mean: Float64Array.from(moments, (one) => one.mean),
    std: Float64Array.from(moments, ({ variance }) => Math.sqrt(variance)),
    ...imageOf(f, low, high),
  };
}

/** Bounds of f over a range; infinite ones are asked for far out. */
function imageOf(f: (x: number) => number, low: number, high: number): { low: number; high: number } {
  const [from, to] = [Math.max(low, -1e6), Math.min(high, 1e6)];
  const values = [from, to, ...Array.from({ length: 2001 }, (_, i) => Math.min(Math.max(-10 + i / 100, from), to))].map(
    f,
  );
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return { low: least <= -1e5 ? -Infinity : least, high: most >= 1e5 ? Infinity : most };
}

/** a · x + b for each channel. */
export function affineMoments(
  { mean, std, low, high }: Moments,
  scale: ArrayLike<number>,
  shift: ArrayLike<number>,
): Moments {
  const channels = Math.max(mean.length, scale.length, shift.length);
  const all = Array.from({ length: channels }, (_, c) => c);
  const ends = all.flatMap((c) =>
    [low, high].map((end) => (at(scale, c) === 0 ? 0 : end * at(scale, c)) + at(shift, c)),
  );
  return {
    mean: Float64Array.from(all, (c) => at(mean, c) * at(scale, c) + at(shift, c)),
    std: Float64Array.from(all, (c) => at(std, c) * Math.abs(at(scale, c))),
    low: Math.min(...ends),
    high: Math.max(...ends),
  };
}

/** a ± b of independent tensors. */
export function addMoments(a: Moments, b: Moments, sign: 1 | -1): Moments {
  const all = Array.from({ length: Math.max(a.mean.length, b.mean.length) }, (_, c) => c);
  return {
    mean: Float64Array.from(all, (c) => at(a.mean, c) + sign * at(b.mean, c)),
    std: Float64Array.from(all, (c) => Math.hypot(at(a.std, c), at(b.std, c))),
    low: a.low + (sign > 0 ? b.low : -b.high),
    high: a.high + (sign > 0 ? b.high : -b.low),
  };
}

/** a · b of independent tensors. */
export function multiplyMoments(a: Moments, b: Moments): Moments {
  const all = Array.from({ length: Math.max(a.mean.length, b.mean.length) }, (_, c) => c);
  const ends = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => (x === 0 || y === 0 ? 0 : x * y)));
  return {
    mean: Float64Array.from(all, (c) => at(a.mean, c) * at(b.mean, c)),
    std: Float64Array.from(all, (c) =>
      Math.hypot(at(a.std, c) * at(b.std, c), at(a.std, c) * at(b.mean, c), at(a.mean, c) * at(b.std, c)),
    ),
    low: Math.min(...ends),
    high: Math.max(...ends),
  };
}

/** All channels as one: where channels get mixed up, or are no longer along their axis. */
export function mergeMoments(...parts: readonly Moments[]): Moments {
  const means = parts.flatMap(({ mean }) => [...mean]);
  const squares = parts.flatMap(({ mean, std }) => Array.from(mean, (one, c) => one * one + (std[c] as number) ** 2));
  const average = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const mean = average(means);
  return {
    mean: Float64Array.of(mean),
    std: Float64Array.of(Math.sqrt(Math.max(average(squares) - mean * mean, 0))),
    low: Math.min(...parts.map(({ low }) => low)),
    high: Math.max(...parts.map(({ high }) => high)),
  };
}

/** The range of all channels within so many deviations, and within the bounds. */
export function rangeWithin({ mean, std, low, high }: Moments, deviations: number): { min: number; max: number } {
  const ends = (sign: number) => Array.from(mean, (one, c) => one + sign * deviations * (std[c] as number));
  return { min: Math.max(Math.min(...ends(-1)), low), max: Math.min(Math.max(...ends(1)), high) };
}
