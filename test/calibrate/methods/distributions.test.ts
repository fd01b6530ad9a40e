// The methods on samples of distributions: what they choose is measured on the values themselves.
import { describe, expect, it } from 'vitest';
import { compareMethods } from '../../../bench/calibration/compare_methods';
import { DISTRIBUTIONS, sampleOf } from '../../../bench/calibration/distributions';
import { type AnyScheme, chooseParams, quantizationError, rangeOf, Sketch, Tensor } from '../../../lib';
import { expectedError, quantizerOf } from '../../../lib/calibrate/methods';

const INT8: AnyScheme = { type: 'int8', symmetric: true, granularity: 'tensor' };
const SCHEMES: readonly AnyScheme[] = [
  INT8,
  { type: 'uint8', symmetric: false, granularity: 'tensor' },
  { type: 'int4', symmetric: true, granularity: 'tensor' },
  { type: 'uint4', symmetric: false, granularity: 'tensor' },
  { type: 'int16', symmetric: true, granularity: 'tensor' },
];

describe.each(Object.keys(DISTRIBUTIONS))('%s', (name) => {
  const data = sampleOf(name, 50_000, 7);
  const channel = new Sketch().observe(Tensor.from(data)).channels[0]!;

  it.each(SCHEMES.slice(0, 4))('auto is within 1 % of the best single method, $type', (scheme) => {
    expect(compareMethods(data, scheme).ratio).toBeLessThanOrEqual(1.01);
  });

  it.each(SCHEMES)('what a sketch lets expect is what happens, $type', (scheme) => {
    for (const method of ['minmax', 'mse', { percentile: 99.9 }] as const) {
      const range = rangeOf(channel, method, scheme);
      const expected = expectedError(channel, quantizerOf(range, scheme));
      const found = quantizationError(Tensor.from(data), chooseParams(range, scheme));
      // A sketch cannot tell zeros from values near 0: half of the values have none of the errors that it expects of them.
      expect(Math.abs(expected.sqnr - found.sqnr)).toBeLessThan(name === 'half (ReLU)' ? 3.1 : 0.5);
      expect(Math.abs(expected.clippingRate - found.clippingRate)).toBeLessThan(1e-4);
      expect(expected.deadRange).toBeCloseTo(found.deadRange, 12);
    }
  });
});

describe('a million values of N(0, 1)', () => {
  const x = Tensor.from(sampleOf('gaussian', 1_000_000, 3));
  const mseAt = (clip: number) => quantizationError(x, chooseParams({ min: -clip, max: clip }, INT8)).mse;

  it('have the clip of the least squared error, near 3.92 sigma', () => {
    const { max: clip } = rangeOf(new Sketch().observe(x).channels[0]!, 'mse', INT8);
    expect(Math.abs(clip / 3.92 - 1)).toBeLessThan(0.04);
    let least = Number.POSITIVE_INFINITY;
    for (let other = 3; other <= 5; other += 0.02) least = Math.min(least, mseAt(other));
    expect(mseAt(clip)).toBeLessThanOrEqual(1.01 * least);
  });
});
