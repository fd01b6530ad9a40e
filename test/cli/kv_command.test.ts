// `octavo kv bench`: its figures as JSON and as text.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { KvBenchReport } from '../../bench/kv/run_kv';

const main = path.join(__dirname, '..', '..', 'dist/lib/cli/main.js');
const run = (...args: string[]) => spawnSync(process.execPath, [main, 'kv', 'bench', ...args], { encoding: 'utf8' });
const SMALL = [
  '--tokens',
  '600',
  '--layers',
  '2',
  '--kv-heads',
  '2',
  '--query-heads',
  '4',
  '--rounds',
  '2',
  '--seeds',
  '0',
];

it('measures bytes and times', () => {
  const { status, stdout } = run(...SMALL, '--keys', '4', '--values', '2', '--json', '-');
  expect(status).toBe(0);
  const { memory, speed, needle, options } = JSON.parse(stdout) as KvBenchReport;
  expect(options).toMatchObject({ keyBits: 4, valueBits: 2, headDim: 128, tokens: 600 });
  expect([memory.keyBitsPerValue, memory.valueBitsPerValue]).toEqual([4.125, 2.125]);
  expect(memory.ratio).toBeCloseTo(5.12, 12);
  expect(needle).toEqual([]);
  expect(speed).toMatchObject({
    layers: 2,
    float16Bytes: 600 * 2 * 128 * 4 * 2,
    codeBytes: (600 * 2 * 128 * 4 * 2) / 5.12,
  });
  expect(speed!.codes.best).toBeGreaterThan(0);
  expect(speed!.ratio).toBeCloseTo(speed!.float16.best / speed!.codes.best, 9);
});

it('shows them', () => {
  const { status, stdout } = run(...SMALL, '--rounds', '0', '--seeds', '1', '--bits', '3');
  expect(status).toBe(0);
  expect(stdout).toContain('3.125 bits a value of keys');
  expect(stdout).toMatch(/iso +no +no +0\.0\d+ +[01]\.\d+/);
});

it('refuses what it cannot measure', () => {
  for (const args of [
    ['--bits', '9'],
    ['--tokens', '0'],
    ['--tokens', 'many'],
    ['--threads', '0'],
  ])
    expect(run(...args).status, args.join(' ')).toBe(2);
  const { status, stderr } = run(...SMALL, '--dim', '12');
  expect([status, stderr]).toEqual([1, expect.stringContaining('headDim must be a multiple of 8')]);
});
