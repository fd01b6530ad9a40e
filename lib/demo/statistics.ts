// What a comparison of two classifiers is told by: accuracy with its interval, agreement, best and median times.

/** A share of a number of trials. */
export interface Share {
  readonly count: number;
  readonly total: number;
  /** count / total, 0 to 1. */
  readonly value: number;
}

/** A share with the interval that holds the true one with 95 % confidence (Wilson's score interval). */
export interface Estimate extends Share {
  readonly low: number;
  readonly high: number;
}

/** The normal distribution's 97.5 % quantile. */
const Z = 1.959963984540054;

export function shareOf(count: number, total: number): Share {
  return { count, total, value: count / total };
}

/** Wilson's interval: unlike p ± z·s it stays within 0 to 1 and is not empty at 0 % or 100 %. `total` must be above 0. */
export function estimate(count: number, total: number): Estimate {
  const value = count / total;
  const spread = (Z * Z) / total;
  const centre = (value + spread / 2) / (1 + spread);
  const half = Math.sqrt(spread * (value * (1 - value) + spread / 4)) / (1 + spread);
  return { count, total, value, low: Math.max(centre - half, 0), high: Math.min(centre + half, 1) };
}

/** Positions at which two lists of one length hold the same number. */
export function countEqual(a: Int32Array, b: Int32Array): number {
  return a.reduce((count, value, i) => count + Number(value === b[i]), 0);
}

/** The class of each row of logits [rows, classes]: the first of its largest values. */
export function classify(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    const values = logits.subarray(row * classes, (row + 1) * classes);
    return values.indexOf(values.reduce((best, value) => Math.max(best, value)));
  });
}

/** Times of one thing, in microseconds. */
export interface Times {
  readonly best: number;
  readonly median: number;
  readonly samples: number;
}

/** Summarizes at least one sample. */
export function summarizeTimes(microseconds: readonly number[]): Times {
  const sorted = [...microseconds].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
  return { best: sorted[0] ?? Number.NaN, median, samples: sorted.length };
}
