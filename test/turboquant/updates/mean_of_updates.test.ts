// Means of encoded updates: their error falls with the number of clients, that of biased codes does not.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import {
  Codes,
  encodeUpdate,
  freshSeed,
  meanOfUpdates,
  type ScaleKind,
  TurboQuant,
  updateSeed,
} from '../../../lib/turboquant';
import { normalVectors } from '../codec/normal_vectors';

const DIM = 1024;
const CLIENTS = 200;
const update = normalVectors(1, 1, DIM).data;
const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
const errorOf = (found: Float32Array): number => squares(found.map((value, i) => value - update[i]!)) / squares(update);

/** Updates of one vector by clients with seeds of their own. */
const updatesOf = (clients: number, bits: number): Codes[] =>
  Array.from({ length: clients }, (_, client) => encodeUpdate(update, { bits, seed: updateSeed(client, 7) }));

describe.each([
  [1, 0.58, 0.0028],
  [2, 0.137, 0.00065],
  [4, 0.0101, 0.00005],
])('%i bits', (bits, ofOne, ofMean) => {
  it('the error of the mean of 200 clients is a 200th of that of one', () => {
    const all = updatesOf(CLIENTS, bits);
    const one = all.reduce((sum, codes) => sum + errorOf(meanOfUpdates([codes], DIM)), 0) / CLIENTS;
    const mean = errorOf(meanOfUpdates(all, DIM));
    // 0.5708, 0.1331 and 0.0096 for many values; the published ones are of one vector, to two or three digits.
    expect(one / ofOne).toBeGreaterThan(0.93);
    expect(one / ofOne).toBeLessThan(1.07);
    expect(mean / (one / CLIENTS)).toBeGreaterThan(0.8);
    expect(mean / (one / CLIENTS)).toBeLessThan(1.25);
    expect(mean / ofMean).toBeLessThan(1.25);
  });
});

it('halves with twice the clients', () => {
  const errors = [10, 20, 40, 80, 160].map((clients) => errorOf(meanOfUpdates(updatesOf(clients, 1), DIM)));
  for (const [i, error] of errors.entries()) expect((error * 10 * 2 ** i) / 0.5708).toBeCloseTo(1, 0.5);
});

it('biased codes have a floor that no number of clients lowers', () => {
  const meanWith = (scale: ScaleKind): number => {
    const sum = new Float32Array(DIM);
    for (let client = 0; client < CLIENTS; client++) {
      const codec = new TurboQuant({ dim: DIM, bits: 1, scale, seed: updateSeed(client, 7) });
      const decoded = codec.decode(codec.encode(new Tensor('float32', update, [1, DIM]))).data;
      for (let i = 0; i < DIM; i++) sum[i]! += decoded[i]! / CLIENTS;
    }
    return errorOf(sum);
  };
  expect(meanWith('minMse')).toBeGreaterThan(0.12);
  expect(meanWith('minMse')).toBeLessThan(0.15);
  expect(meanWith('unbiased')).toBeLessThan(0.0035);
});

it('updates of any length, weighted, from a generator, over bytes', () => {
  const lengths = [1, 7, 100, 3000];
  for (const length of lengths) {
    const x = normalVectors(length, 1, length).data;
    function* arriving(): Generator<Codes> {
      for (let client = 0; client < 3; client++)
        yield Codes.fromBytes(
          encodeUpdate(client === 1 ? x.map((value) => -value) : x, { bits: 8, dim: 64 }).toBytes(),
        );
    }
    const mean = meanOfUpdates(arriving(), length, { weights: [3, 1, 0] });
    for (let i = 0; i < length; i++) expect(Math.abs(mean[i]! - x[i]! / 2)).toBeLessThan(0.1);
  }
  expect(meanOfUpdates([encodeUpdate(new Float32Array(0))], 0)).toEqual(new Float32Array(0));
});

it('seeds differ, and updates that could not average out are refused', () => {
  const seeds = new Set([freshSeed(), freshSeed()]);
  for (let client = 0; client < 50; client++)
    for (let round = 0; round < 50; round++) seeds.add(updateSeed(client, round));
  expect(seeds.size).toBe(2502);
  expect(updateSeed(0, 0)).toBe(0xe220a8397b1dcdafn); // SplitMix64's first word from 0
  const [one, two] = updatesOf(2, 1) as [Codes, Codes];
  expect(() => meanOfUpdates([one, two, one], DIM)).toThrow(/updates must have seeds of their own/);
  expect(() => meanOfUpdates([one], DIM + 1)).toThrow(/2 vectors of 1024, got 1/);
  expect(() => meanOfUpdates([], DIM)).toThrow(/weight is greater than 0/);
  expect(() => meanOfUpdates([one, two], DIM, { weights: [1] })).toThrow(/weights\[1\] must be a number/);
  expect(() => meanOfUpdates([one], DIM, { weights: [1, 2] })).toThrow(/one for each of 1 updates, got 2/);
  expect(() => meanOfUpdates([one], DIM, { weights: [-1] })).toThrow(/from 0 to/);
  const biased = new TurboQuant({ dim: DIM, bits: 1 }).encode(new Tensor('float32', update, [1, DIM]));
  expect(() => meanOfUpdates([biased], DIM)).toThrow(/scale unbiased/);
  expect(() => encodeUpdate(Float32Array.of(1, Number.NaN))).toThrow(/row 0 has a value that is not finite/);
});
