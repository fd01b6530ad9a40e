import { expect, it } from 'vitest';
import { effortOf } from '../../bench/effort';
import { runScaling, threadCounts } from '../../bench/thread_scaling';
import { runtime } from '../../lib/runtime';

it('tries every few threads, and all', () => {
  expect(threadCounts(1)).toEqual([1]);
  expect(threadCounts(4)).toEqual([1, 2, 3, 4]);
  expect(threadCounts(7)).toEqual([1, 2, 3, 4, 6, 7]);
  expect(threadCounts(64)).toEqual([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]);
});

it('times a product with each number of threads', async () => {
  const before = runtime.threads;
  const shape = { m: 64, n: 64, k: 64 };
  const one = { suite: 'gemm', name: 'threads', shape, heavy: false } as const;
  const { points, sizes } = await runScaling(one, 3, { ...effortOf(true).limits, budget: 0 });
  runtime.threads = before;
  expect(sizes).toEqual(shape);
  expect(points.map(({ threads }) => threads)).toEqual([1, 2, 3]);
  for (const { seconds, rate, speedup } of points) {
    expect(rate).toBeCloseTo((2 * 64 ** 3) / seconds.best, 0);
    expect(speedup.best).toBeCloseTo((points[0]?.seconds.best ?? 0) / seconds.best, 9);
    expect(speedup.median).toBeGreaterThan(0);
  }
});
