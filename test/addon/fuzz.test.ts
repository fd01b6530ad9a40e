// Spoiled arguments at every export: an error of octavo's own or a result, never a crash. In processes of their own.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';

interface Report {
  /** Exports that no call covers. */
  readonly untested: string[];
  /** Outcomes by the name of the call. */
  readonly outcomes: Record<string, Record<string, number>>;
  readonly violations: string[];
}

async function fuzz(script: string, seed: number, rounds: number): Promise<Report> {
  const text = await runScriptToEnd(path.join(__dirname, script), [String(seed), String(rounds)]);
  return JSON.parse(text) as Report;
}

/** Calls that take nothing which could be wrong, or that check nothing. */
const NEVER_REFUSED = ['isa', 'availableIsas', 'getThreads', 'weightBytes', 'latestJob', 'isOctavoError', 'freshSeed'];
/** Constructors that are not for others: no argument that a user has suits them. */
const NEVER_DONE = ['Embedding', 'PackedWeights', 'QuantizedLinear'];

describe.each(['fuzz_addon.mjs', 'fuzz_facade.mjs', 'fuzz_turboquant.mjs'])('%s', (script) => {
  it.concurrent.each([1, 2, 3])('seed %i', async (seed) => {
    const { untested, outcomes, violations } = await fuzz(script, seed, 250);
    expect(violations).toEqual([]);
    expect(untested).toEqual([]);
    for (const [name, counts] of Object.entries(outcomes)) {
      // Both results and refusals, or the arguments were not what the call takes, or were not spoiled.
      const { ok = 0, ...refusals } = counts;
      const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
      expect(ok + refused, name).toBe(250);
      if (!NEVER_REFUSED.includes(name)) expect(refused, name).toBeGreaterThan(10);
      if (NEVER_DONE.includes(name)) expect(ok, name).toBe(0);
      else expect(ok, name).toBeGreaterThan(10);
    }
  });
});
