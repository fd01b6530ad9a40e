import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runtime } from '../../lib';
import { runScript, runScriptToEnd } from '../reference/child_process';
import { expectCode } from '../reference/expectations';

const script = path.join(__dirname, 'print_workload.mjs');
const threadsIn = async (env: NodeJS.ProcessEnv) => JSON.parse(await runScriptToEnd(script, ['none'], env)).threads;

describe('runtime.threads', () => {
  const before = runtime.threads;
  afterEach(() => {
    runtime.threads = before;
  });

  it('is at most the CPUs of this process by default', async () => {
    const threads = await threadsIn({});
    expect(threads).toBeGreaterThanOrEqual(1);
    expect(threads).toBeLessThanOrEqual(os.availableParallelism());
    expect(await threadsIn({ OCTAVO_THREADS: '' })).toBe(threads);
  });

  it.skipIf(process.platform !== 'linux')('follows the affinity of the process', ({ skip }) => {
    const { status, stdout, error } = spawnSync('taskset', ['-c', '0', process.execPath, script, 'none'], {
      encoding: 'utf8',
    });
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') skip('skipped: no taskset here');
    expect([status, JSON.parse(stdout).threads]).toEqual([0, 1]);
  });

  it('takes 1 to 1024', () => {
    for (const count of [1, 2, 1024]) {
      runtime.threads = count;
      expect(runtime.threads).toBe(count);
    }
  });

  it.each([0, -1, 1025, 1.5, Number.NaN, Infinity, 2 ** 53])('refuses %d and stays as it was', (count) => {
    expectCode(
      () => {
        runtime.threads = count;
      },
      'ERR_RANGE',
      /1 to 1024/,
    );
    expect(runtime.threads).toBe(before);
  });

  it.each(['4', 4n, null, undefined, {}, [2], true])('refuses what is no number: %s', (value) => {
    expectCode(
      () => {
        runtime.threads = value as never;
      },
      'ERR_DTYPE',
      /runtime.threads/,
    );
    expect(runtime.threads).toBe(before);
  });
});

describe('OCTAVO_THREADS', () => {
  it.each([1, 3, 1024])('=%i sets the threads', async (count) => {
    expect(await threadsIn({ OCTAVO_THREADS: String(count) })).toBe(count);
  });

  it.each(['0', '-1', '1025', '1.5', '4x', 'many', '4 ', '0x4', '99999999999999999999'])(
    '=%s is an error',
    async (text) => {
      const { code, stderr } = await runScript(script, ['none'], { OCTAVO_THREADS: text });
      expect(code).toBe(1);
      expect(stderr).toContain(`OCTAVO_THREADS must be an integer from 1 to 1024, got "${text}"`);
      expect(stderr).toContain("code: 'ERR_RANGE'");
    },
  );
});
