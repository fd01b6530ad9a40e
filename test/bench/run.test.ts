import { describe, expect, it } from 'vitest';
import { gemmCases } from '../../bench/cases/gemm_cases';
import { linearCases } from '../../bench/cases/linear_cases';
import { quantizeCases } from '../../bench/cases/quantize_cases';
import { runBench } from '../../bench/run';
import { runtime } from '../../lib/runtime';

describe('runBench', () => {
  it('runs with the threads it is given, sets them back, and announces each step', async () => {
    const before = runtime.threads;
    const seen: number[] = [];
    const steps: unknown[] = [];
    await runBench({
      suite: 'gemm',
      filter: 'INT8 16X16',
      quick: true,
      threads: before + 1,
      onStep: (step) => {
        seen.push(runtime.threads);
        steps.push(step);
      },
    });
    expect(seen).toEqual([before + 1, before + 1]);
    expect(runtime.threads).toBe(before);
    expect(steps).toEqual([
      { done: 0, total: 2, name: 'peaks' },
      { done: 1, total: 2, name: 'gemm int8 16x16x16' },
    ]);
  });

  it('refuses a filter that no case answers to', async () => {
    const options = { suite: 'linear', filter: '16x16x16', quick: true, threads: 1 } as const;
    await expect(runBench(options)).rejects.toMatchObject({
      code: 'ERR_RANGE',
      message: 'no case of linear has "16x16x16" in its name; one is "linear dynamic 64x768x768"',
    });
  });
});

it('gives every case a name of its own that fits its column', () => {
  const names = [...gemmCases(), ...linearCases(), ...quantizeCases()].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(30);
});
