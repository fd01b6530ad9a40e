import { afterEach, expect, it, vi } from 'vitest';
import type { CaseContext, Contestant, Work } from '../../bench/contestant';
import type { Peaks } from '../../bench/peaks';
import { runCaseTwice } from '../../bench/run_case_twice';

const rate = { best: 1e12, median: 1e12 };
const slow = { best: 1e6, median: 1e6 };
const level = (name: string, bytes: number) => ({ level: name, bytes, read: rate, copy: rate });
const peaks: Peaks = {
  // Less than any CPU does, so that no case seems disturbed.

  int8: slow,
  float32: slow,
  bandwidth: [level('L1', 1000), level('L2', 8000), level('memory', 1e5)],
};
const limits = { budget: 0, minRounds: 4, maxRounds: 9, minSample: 0.001, warmUp: 0.002 };
const context = { threads: 1, scalarOperations: 5, slowPeerOperations: 5, coldBytes: 0, onnxruntime: undefined };

let elapsed = 0;
afterEach(() => vi.restoreAllMocks());

/** Runs a case of so many operations and bytes that takes 19 ms when it is first prepared and 15 ms after; its contexts. */
async function run(operations: number, bytes: number) {
  vi.spyOn(performance, 'now').mockImplementation(() => ++elapsed); // a look at it takes a millisecond, too
  const contexts: CaseContext[] = [];
  const work: Work = { operations, arithmetic: 'int8', bytes, traffic: 'read', memory: 'arrays' };
  const prepare = async (given: CaseContext): Promise<Contestant[]> => {
    const milliseconds = contexts.push(given) === 1 ? 19 : 15;
    const call = {
      kind: 'sync' as const,
      run: () => {
        elapsed += milliseconds;
      },
    };
    return [{ name: 'octavo', work, call, verify: () => undefined }];
  };
  const benchCase = { suite: 'gemm', family: 'a', name: 'a case', sizes: {}, prepare } as const;
  return { contexts, report: await runCaseTwice(benchCase, { context, peaks, limits }) };
}

it('prepares octavo anew for what the last cache limits, keeps the better, and takes the difference for noise', async () => {
  const { contexts, report } = await run(0, 9000);
  expect(contexts).toEqual([context, { ...context, scalarOperations: 0, slowPeerOperations: 0 }]);
  expect(report.contestants[0]?.ofBound?.level).toBe('L2');
  expect(report.contestants[0]?.seconds).toMatchObject({
    best: expect.closeTo(0.016, 9),
    noise: expect.closeTo(0.25, 9),
  });
  expect(report.rounds).toBe(8);
});

it.each([
  ['instructions', 1e9, 9000],
  ['a nearer cache', 0, 1500],
  ['memory', 0, 1e5],
])('runs once what %s limit', async (_, operations, bytes) => {
  const { contexts, report } = await run(operations, bytes);
  expect(contexts).toHaveLength(1);
  expect(report.contestants[0]?.seconds?.best).toBeCloseTo(0.02, 9);
});
