import { describe, expect, it } from 'vitest';
import { pairedRatio, quantile, summarize } from '../../bench/statistics';

describe('summarize', () => {
  it('finds best, median and quantiles in unsorted samples, and leaves them as they were', () => {
    const samples = [5, 1, 4, 2, 3];
    expect(summarize(samples)).toEqual({ count: 5, best: 1, p10: 1.4, median: 3, p90: 4.6, worst: 5, noise: 1 });
    expect(samples).toEqual([5, 1, 4, 2, 3]);
  });

  it('takes as noise how far the bests of both halves are apart', () => {
    expect(summarize([9, 4, 5, 5]).noise).toBe(0.25);
    expect(summarize([5, 9, 6, 4]).noise).toBe(0.25);
  });

  it('sorts by number, not by text', () => {
    expect(summarize([10, 9, 100]).median).toBe(10);
  });

  it('takes the mean of the two middle samples of an even count', () => {
    expect(summarize([1, 2, 4, 8]).median).toBe(3);
  });

  it('answers NaN for no samples, and the one value for one', () => {
    expect(summarize([])).toMatchObject({ count: 0, best: Number.NaN, median: Number.NaN, noise: null });
    expect(summarize([7])).toEqual({ count: 1, best: 7, p10: 7, median: 7, p90: 7, worst: 7, noise: null });
  });
});

describe('quantile', () => {
  it('interpolates between neighbours and ends at the ends', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([0, 10, 20], 1)).toBe(20);
    expect(quantile([0, 10, 20], 0)).toBe(0);
  });
});

describe('pairedRatio', () => {
  it('is the median over the rounds that have both, whatever else is best', () => {
    expect(pairedRatio([2, 40, 6, 9], [1, 20, 2, undefined])).toBe(2);
    expect(pairedRatio([2, undefined, 6], [1, 2, 2])).toBe(2.5);
    expect(pairedRatio([1], [undefined])).toBeNaN();
  });
});
