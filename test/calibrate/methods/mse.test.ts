import { describe, expect, it } from 'vitest';
import type { AnyScheme, SketchChannel } from '../../../lib';
import { addon } from '../../../lib/addon';
import { rangeOf } from '../../../lib/calibrate/methods';
import { indexOfLeast, squaredErrors } from '../../../lib/calibrate/methods/mse';
import { Random } from '../../reference/random';
import { EXPONENTIAL, erf, HALF_NORMAL, HALF_NORMAL_AND_TEN } from './published_histograms';

/** A histogram of values that are not negative, as a sketch has it. */
function oneSided(counts: BigUint64Array): BigUint64Array {
  const both = new BigUint64Array(2 * counts.length);
  both.set(counts, counts.length);
  return both;
}

const CLIPS = Float64Array.from({ length: 2048 }, (_, i) => (i + 1) / 127);

describe('the squared error of published histograms, values at the centres of their bins', () => {
  it.each([
    ['half normal', HALF_NORMAL, 973, '5.202365', '21.669389'],
    ['half normal and ten outliers', HALF_NORMAL_AND_TEN, 1334, '14.273264', '21.669175'],
    ['exponential', EXPONENTIAL, 1127, '6.992136', '21.656984'],
  ] as const)('%s', (_, counts, clip, mse, full) => {
    const total = Number(counts.reduce((sum, count) => sum + count));
    const errors = squaredErrors(oneSided(counts), CLIPS, { below: 127, above: 127, model: 'centre' });
    expect(indexOfLeast(errors) + 1).toBe(clip);
    expect((errors[clip - 1]! / total).toFixed(6)).toBe(mse);
    expect((errors[2047]! / total).toFixed(6)).toBe(full);
  });
});

interface Levels {
  readonly step: number;
  readonly below: number;
  readonly above: number;
}

function plainError(x: number, { step, below, above }: Levels): number {
  const level = Math.min(Math.max(Math.round(x / step), -below), above);
  return (x - level * step) ** 2;
}

/** The sum over a histogram with each bin's values at `points` places of equal distance. */
function plainErrors(counts: BigUint64Array, levels: Levels, points: number): number {
  const half = counts.length / 2;
  let sum = 0;
  counts.forEach((count, bin) => {
    for (let i = 0; i < points; i++)
      sum += (Number(count) / points) * plainError(bin - half + (i + 0.5) / points, levels);
  });
  return sum;
}

function randomCounts(random: Random, bins: number): BigUint64Array {
  return BigUint64Array.from({ length: bins }, () => BigInt(random.pick([0, 0, random.integer(0, 9), 1000])));
}

describe('the squared error of a histogram', () => {
  it('with values at the centres is the plain sum', () => {
    const random = new Random(73);
    for (let round = 0; round < 500; round++) {
      const counts = randomCounts(random, 2 * random.integer(1, 30));
      const [below, above] = [random.integer(0, 9), random.integer(0, 9)];
      const step = random.next() * random.pick([0.1, 1, 10, 100]) + 1e-3;
      const found = squaredErrors(counts, Float64Array.of(step), { below, above, model: 'centre' })[0]!;
      const expected = plainErrors(counts, { step, below, above }, 1);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * (1 + expected));
    }
  });

  it('with values spread over their bins is the plain sum over many places in each', () => {
    const random = new Random(74);
    for (let round = 0; round < 100; round++) {
      const counts = randomCounts(random, 2 * random.integer(1, 20));
      const [below, above] = [random.integer(0, 9), random.integer(0, 9)];
      const step = random.next() * random.pick([1, 10, 100]) + 0.25;
      const found = squaredErrors(counts, Float64Array.of(step), { below, above })[0]!;
      const expected = plainErrors(counts, { step, below, above }, 400);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-3 * expected + 1e-9);
    }
  });

  it('with steps far below a bin is that of an even density', () => {
    const random = new Random(75);
    for (let round = 0; round < 60; round++) {
      const counts = randomCounts(random, 2 * random.integer(2, 12));
      const [below, above] = [random.integer(0, 300), random.integer(0, 300)];
      const step = 0.02 + random.next() * 0.2;
      const found = squaredErrors(counts, Float64Array.of(step), { below, above })[0]!;
      const expected = plainErrors(counts, { step, below, above }, 3000);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(0.08 * expected + 1e-9);
    }
  });

  it('is that of clipping alone without levels, and none without values', () => {
    expect(squaredErrors(new BigUint64Array(8), Float64Array.of(1), { below: 3, above: 3 })[0]).toBe(0);
    const sum = squaredErrors(BigUint64Array.of(0n, 0n, 2n, 0n), Float64Array.of(1), { below: 0, above: 0 })[0];
    expect(sum).toBeCloseTo(2 / 3, 12);
  });
});

/** The sketch of as many values of a symmetric distribution as a histogram can count, whose tail on one side is known. */
function sketchOfTail(tail: (x: number) => number, exponent: number): SketchChannel {
  const [bins, limit] = [4096, 2 ** exponent];
  const edge = (k: number) => tail((k * limit * 2) / bins);
  const counts = new BigUint64Array(bins);
  for (let k = 0; k < bins / 2; k++)
    counts[bins / 2 + k] = counts[bins / 2 - 1 - k] = BigInt(Math.round(1e15 * (edge(k) - edge(k + 1))));
  const max = limit * (1 - 2 ** -20);
  const count = counts.reduce((sum, n) => sum + n);
  return { count, nanCount: 0n, infinityCount: 0n, min: -max, max, sum: 0, sumOfSquares: 0, exponent, counts };
}

describe('the clip of the least squared error', () => {
  const normal = (x: number) => (1 - erf(x / Math.SQRT2)) / 2;
  const laplace = (x: number) => Math.exp(-x) / 2;

  // Minima of step^2 / 12 within the clip and the squared distance beyond it, found numerically.
  it.each([
    ['N(0, 1), 8 bits', normal, 3, 'int8', 3.9205],
    ['N(0, 1), 4 bits', normal, 3, 'int4', 2.4738],
    ['Laplace, 8 bits', laplace, 4, 'int8', 9.8823],
    ['Laplace, 4 bits', laplace, 4, 'int4', 4.7972],
  ] as const)('of %s is the one of the theory', (_, tail, exponent, type, clip) => {
    const scheme: AnyScheme = { type, symmetric: true, granularity: 'tensor' };
    expect(Math.abs(rangeOf(sketchOfTail(tail, exponent), 'mse', scheme).max / clip - 1)).toBeLessThan(0.02);
  });
});

describe('searchAffine', () => {
  it('finds the least error over all steps and places of 0', () => {
    const random = new Random(76);
    for (let round = 0; round < 100; round++) {
      const counts = randomCounts(random, 2 * random.integer(1, 16));
      const levels = random.integer(1, 20);
      const steps = Float64Array.from({ length: 12 }, () => 0.05 + random.next() * 4);
      const found = new Float64Array(3);
      addon.searchAffine(counts, steps, found, levels);
      let least = Number.POSITIVE_INFINITY;
      for (let below = 0; below <= levels; below++)
        least = Math.min(least, ...squaredErrors(counts, steps, { below, above: levels - below }));
      expect(found[2]).toBe(least);
      const [index, below] = [found[0]!, found[1]!];
      expect(squaredErrors(counts, steps.slice(index, index + 1), { below, above: levels - below })[0]).toBe(least);
    }
  });
});
