import { describe, expect, it } from 'vitest';
import { estimate } from '../../lib/statistics';

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
