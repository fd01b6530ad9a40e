// Shares of counted trials, such as accuracies, and how sure they are.

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
