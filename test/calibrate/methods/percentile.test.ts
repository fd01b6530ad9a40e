import { describe, expect, it } from 'vitest';
import { innerBins, percentileBin } from '../../../lib/calibrate/methods/percentile';
import { Random } from '../../reference/random';
import { HALF_NORMAL } from './published_histograms';

describe('percentileBin', () => {
  it.each([
    [99, 659],
    [99.9, 841],
    [99.99, 985],
    [99.999, 1060],
    [100, 1069],
  ])('%s percent of a half normal distribution end in bin %i', (percentile, bin) => {
    expect(percentileBin(HALF_NORMAL, percentile / 100)).toBe(bin);
  });

  it('is the first bin that completes the part', () => {
    const random = new Random(72);
    for (let round = 0; round < 500; round++) {
      const counts = BigUint64Array.from({ length: 30 }, () => BigInt(random.integer(0, 3)));
      counts[random.integer(0, 29)] = 5n;
      const part = random.pick([0.001, random.next(), 1]);
      const total = counts.reduce((sum, count) => sum + count);
      const upTo = (bin: number) =>
        Number(counts.slice(0, bin + 1).reduce((sum, count) => sum + count, 0n)) / Number(total);
      const bin = percentileBin(counts, part);
      expect(upTo(bin)).toBeGreaterThanOrEqual(part);
      if (bin > 0) expect(upTo(bin - 1)).toBeLessThan(part);
    }
  });
});

describe('innerBins', () => {
  it('leaves at most the part outside at either end', () => {
    const counts = BigUint64Array.of(0n, 1n, 0n, 9n, 80n, 9n, 1n, 0n);
    expect(innerBins(counts, 0)).toEqual([1, 7]);
    expect(innerBins(counts, 0.0099)).toEqual([1, 7]);
    expect(innerBins(counts, 0.01)).toEqual([3, 6]);
    expect(innerBins(counts, 0.1)).toEqual([4, 5]);
    expect(innerBins(counts, 0.4999)).toEqual([4, 5]);
  });
});
