// Spoiled arguments at every export of octavo/cuda: an error of octavo's own or a result, never a crash.
import path from 'node:path';
import { expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';
import { describeOnGpu, emulatedEnvironment } from './emulated_gpu';

interface Report {
  /** Exports that no call covers. */
  readonly untested: string[];
  /** Outcomes by the name of the call. */
  readonly outcomes: Record<string, Record<string, number>>;
  readonly violations: string[];
}

const ROUNDS = 120;
/** Calls that take nothing which could be wrong. */
const NEVER_REFUSED = ['cudaReason', 'cudaDevices'];
/** Constructors that are not for others. */
const NEVER_DONE = ['CudaDevice', 'DeviceTensor', 'DeviceLinear', 'DeviceWeights'];

describeOnGpu('spoiled arguments', () => {
  it.concurrent.each([1, 2])('seed %i', async (seed) => {
    const args = [String(seed), String(ROUNDS)];
    const text = await runScriptToEnd(path.join(__dirname, 'fuzz_cuda.mjs'), args, emulatedEnvironment);
    const { untested, outcomes, violations } = JSON.parse(text) as Report;
    expect(violations).toEqual([]);
    expect(untested).toEqual([]);
    for (const [name, counts] of Object.entries(outcomes)) {
      const { ok = 0, ...refusals } = counts;
      const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
      expect(ok + refused, name).toBe(ROUNDS);
      if (!NEVER_REFUSED.includes(name)) expect(refused, name).toBeGreaterThan(5);
      if (NEVER_DONE.includes(name)) expect(ok, name).toBe(0);
      else expect(ok, name).toBeGreaterThan(5);
    }
  });
});
