// Ranges that keep a given part of the values.
import { totalOf } from './magnitudes';

/**
 * The first bin k of a histogram with (counts[0] + ... + counts[k]) / total >= part: at least that part of the values lies
 * below its right edge.
 */
export function percentileBin(counts: BigUint64Array, part: number): number {
  const total = totalOf(counts);
  let sum = 0n;
  for (let k = 0; k < counts.length; k++) {
    sum += counts[k]!;
    if (Number(sum) / total >= part) return k;
  }
  return counts.length - 1;
}

/**
 * What is left of a histogram when `part` of the values may lie outside at either end: the left edge of the first bin and
 * the right edge of the last one, counted in bins.
 */
export function innerBins(counts: BigUint64Array, part: number): [first: number, end: number] {
  const total = totalOf(counts);
  const edge = (order: (k: number) => number): number => {
    let sum = 0n;
    for (let k = 0; k < counts.length; k++) {
      sum += counts[order(k)]!;
      if (Number(sum) / total > part) return k;
    }
    return 0;
  };
  return [edge((k) => k), counts.length - edge((k) => counts.length - 1 - k)];
}
