import { describe, expect, it } from 'vitest';
import { classify, countEqual, estimate, summarizeTimes } from '../../lib/demo/statistics';

describe('estimate', () => {
  it('gives the published Wilson intervals', () => {
    // Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29.
    const cases: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [count, total, low, high] of cases) {
      const interval = estimate(count, total);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
      expect(interval.value).toBe(count / total);
    }
  });

  it('stays within 0 and 1', () => {
    expect(estimate(7, 7).high).toBe(1);
    expect(estimate(7, 7).low).toBeCloseTo(0.6457, 4);
    expect(estimate(0, 1).low).toBe(0);
  });
});

it('classify takes the first of the largest logits', () => {
  expect(classify(Float32Array.of(1, 3, 2, -5, -5, -7, 0, 0, 0), 3)).toEqual(Int32Array.of(1, 0, 0));
});

it('countEqual counts equal positions', () => {
  expect(countEqual(Int32Array.of(1, 2, 3), Int32Array.of(1, 0, 3))).toBe(2);
});

it('summarizeTimes gives best and median of any order', () => {
  expect(summarizeTimes([5, 1, 9])).toEqual({ best: 1, median: 5, samples: 3 });
  expect(summarizeTimes([4, 1, 9, 2])).toEqual({ best: 1, median: 3, samples: 4 });
});
