// The figures of the synthetic needle test (docs/kv-cache.md), on one seed.
import { expect, it } from 'vitest';
import { runNeedle } from '../../../bench/kv/needle';

const form = { bits: 4, center: false, balance: false, seeds: 1 } as const;

it('keeps the divergence at 4 bits low', () => {
  const { divergence, top1 } = runNeedle({ ...form, set: 'iso' });
  expect(divergence).toBeLessThan(0.0066); // .0056 in the mean of seeds
  expect(divergence).toBeGreaterThan(0.004);
  expect(top1).toBeGreaterThan(0.93);
});

it('needs the mean of keys with large biases', () => {
  expect(runNeedle({ ...form, set: 'biased' }).divergence).toBeGreaterThan(1);
  expect(runNeedle({ ...form, set: 'biased', center: true }).divergence).toBeLessThan(0.023); // .019 in the mean
});

it('gains by a balance where channels differ', () => {
  const plain = runNeedle({ ...form, set: 'outliers' }).divergence;
  expect(runNeedle({ ...form, set: 'outliers', center: true, balance: true }).divergence).toBeLessThan(0.75 * plain);
});
