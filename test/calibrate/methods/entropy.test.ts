import { describe, expect, it } from 'vitest';
import { entropyClip, entropyDivergences } from '../../../lib/calibrate/methods';
import { expectCode } from '../../reference/expectations';
import { Random } from '../../reference/random';
import { EXPONENTIAL, EXPONENTIAL_AND_ONE, HALF_NORMAL, HALF_NORMAL_AND_TEN, UNIFORM } from './published_histograms';

/** One divergence by the definition, with P and Q written out. */
function plainDivergence(counts: readonly number[], clip: number, levels: number): number {
  const kept = counts.slice(0, clip);
  const p = [...kept];
  const beyond = counts.slice(clip).reduce((sum, count) => sum + count, 0);
  const fold =
    clip === levels
      ? Math.max(
          kept.findLastIndex((count) => count > 0),
          0,
        )
      : clip - 1;
  p[fold] = p[fold]! + beyond;
  const levelOf = (k: number) => Math.floor((k * levels) / clip);
  const mass = new Array<number>(levels).fill(0);
  const used = new Array<number>(levels).fill(0);
  kept.forEach((count, k) => {
    mass[levelOf(k)]! += count;
    used[levelOf(k)]! += count > 0 ? 1 : 0;
  });
  const q = kept.map((count, k) => (count > 0 ? mass[levelOf(k)]! / used[levelOf(k)]! : 0));
  const [sumP, sumQ] = [p, q].map((values) => values.reduce((sum, value) => sum + value, 0)) as [number, number];
  if (p.some((value, k) => value > 0 && q[k] === 0)) return Number.POSITIVE_INFINITY;
  return p.reduce(
    (sum, value, k) => (value > 0 ? sum + (value / sumP) * Math.log(value / sumP / (q[k]! / sumQ)) : sum),
    0,
  );
}

function expectPlain(counts: BigUint64Array, levels: number, every = 1): void {
  const plain = Array.from(counts, Number);
  const found = entropyDivergences(counts, levels);
  expect(found.length).toBe(counts.length - levels + 1);
  for (let i = 0; i < found.length; i += every) {
    const expected = plainDivergence(plain, levels + i, levels);
    if (expected === Number.POSITIVE_INFINITY) expect(found[i]).toBe(expected);
    else expect(Math.abs(found[i]! - expected)).toBeLessThan(1e-12);
  }
}

describe('entropy of published histograms', () => {
  it('gives the divergence of the slides, whose empty bins stay empty', () => {
    const divergences = entropyDivergences(BigUint64Array.of(1n, 0n, 2n, 3n, 5n, 3n, 1n, 7n), 2);
    expect(divergences[6]).toBeCloseTo(0.15031526533674186, 14);
  });

  it.each([
    ['exponential', EXPONENTIAL, 999_953n, 1237, 2.3990397e-4],
    ['exponential and an outlier', EXPONENTIAL_AND_ONE, 999_954n, 1236, 2.4040897e-4],
    ['half normal', HALF_NORMAL, 999_975n, 1076, 4.5661543e-5],
  ] as const)('%s', (_, counts, total, clip, divergence) => {
    expect(counts.reduce((sum, count) => sum + count)).toBe(total);
    const found = entropyClip(counts, 128);
    expect(found.clip).toBe(clip);
    expect(found.divergence.toExponential(7)).toBe(divergence.toExponential(7));
  });

  it('half normal and ten outliers, uniform', () => {
    expect(entropyClip(HALF_NORMAL_AND_TEN, 128).clip).toBe(1070);
    const uniform = entropyClip(UNIFORM, 128);
    expect(uniform.clip).toBe(2048);
    expect(Math.abs(uniform.divergence)).toBeLessThan(1e-12);
    expect(entropyDivergences(EXPONENTIAL, 128)[1920]!.toExponential(7)).toBe('6.5208100e-4');
  });
});

describe('entropy by prefix sums', () => {
  it('is the plain form on the published histograms', () => {
    for (const counts of [EXPONENTIAL, EXPONENTIAL_AND_ONE, HALF_NORMAL, HALF_NORMAL_AND_TEN, UNIFORM])
      expectPlain(counts, 128, 191);
  });

  it('is the plain form on random histograms, sparse ones too', () => {
    const random = new Random(71);
    for (let round = 0; round < 300; round++) {
      const levels = random.integer(1, 9);
      const density = random.pick([0.1, 0.5, 1]);
      const scale = random.pick([1, 100, 1e7]);
      const counts = BigUint64Array.from({ length: levels + random.integer(1, 40) }, () =>
        random.next() < density ? BigInt(random.integer(0, scale)) : 0n,
      );
      if (counts.some((count) => count > 0n)) expectPlain(counts, levels);
    }
  });

  it('takes the smallest of equal clips, and no values for no divergence', () => {
    expect(entropyClip(new BigUint64Array(20), 4)).toEqual({ clip: 4, divergence: 0 });
  });

  it('lets a spike of zeros count as much as its neighbour', () => {
    const spiked = HALF_NORMAL.slice();
    spiked[0] = 10n ** 7n;
    expect(Math.abs(entropyClip(spiked, 128).clip - 1076)).toBeLessThanOrEqual(1);
  });

  it('keeps at least half of the values', () => {
    const far = new BigUint64Array(2048);
    far[100] = 1n;
    for (let k = 1500; k < 1600; k++) far[k] = BigInt(10 + ((k * k) % 37));
    expect(entropyClip(far, 128).clip).toBeGreaterThan(1550);
  });

  it('takes counts of the whole range', () => {
    const counts = new BigUint64Array(64).fill(2n ** 64n - 1n);
    const found = entropyClip(counts, 8);
    expect(found.clip % 8).toBe(0);
    expect(Math.abs(found.divergence)).toBeLessThan(1e-9);
  });
});

describe('entropy refuses', () => {
  it('as many levels as bins, with which it could only keep the whole range', () => {
    expectCode(() => entropyClip(new BigUint64Array(128), 128), 'ERR_UNSUPPORTED', /128 bins .* 128 levels/);
    expectCode(() => entropyClip(new BigUint64Array(128), 0), 'ERR_RANGE', /levels/);
  });
});
