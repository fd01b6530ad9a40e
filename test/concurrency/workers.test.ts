// Several worker threads, and their ends.
import { createRequire } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import * as octavo from '../../lib';
import { runScript, runScriptToEnd } from '../reference/child_process';
import { runWorkload } from '../reference/seeded_workload.mjs';

const script = (name: string) => path.join(__dirname, name);

function startWorkload(mode: 'sync' | 'async'): Promise<unknown> {
  const worker = new Worker(script('workload_worker.mjs'), { workerData: { mode } });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

describe('worker threads', () => {
  it('that use the addon at once, with the main thread, get the same results', async () => {
    const started = (['sync', 'async', 'sync', 'async'] as const).map(startWorkload);
    const expected = await runWorkload(octavo, 'async');
    expect(Object.keys(expected).length).toBeGreaterThan(100);
    for (const hashes of await Promise.all(started)) expect(hashes).toEqual(expected);
    expect(await runWorkload(octavo, 'sync')).toEqual(expected);
  });

  it('share one number of threads', async () => {
    const before = octavo.runtime.threads;
    const source = `
      const { runtime } = require(${JSON.stringify(createRequire(__filename).resolve('../../dist/lib/index.js'))});
      runtime.threads = ${before + 1};
      require('node:worker_threads').parentPort.postMessage(runtime.threads);`;
    const worker = new Worker(source, { eval: true });
    const seen = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect([seen, octavo.runtime.threads]).toEqual([before + 1, before + 1]);
    octavo.runtime.threads = before;
  });

  it.skipIf(process.platform !== 'linux')('share one pool, and small products take no thread of it', async () => {
    const { small, large, together, calls } = JSON.parse(await runScriptToEnd(script('count_threads.mjs')));
    expect({ small, large, together, calls }).toEqual({ small: 0, large: 4, together: 4, calls: 40 });
  });

  it.concurrent.each(['sync', 'async', 'both', 'pack', 'abort'])(
    'terminated in the middle of %s calls leave the others alone',
    async (kind) => {
      expect(await runScriptToEnd(script('terminate_workers.mjs'), [kind])).toBe('16\n');
    },
  );

  it.concurrent('that alone use the addon come and go', async () => {
    expect(await runScriptToEnd(script('sole_users.mjs'))).toBe('40\n');
  });
});

describe('a process that ends with calls in flight', () => {
  it.concurrent.each([
    ['exit', 7, ''],
    ['exit later', 7, ''],
    ['exit in a callback', 7, ''],
    ['throw', 1, ''],
    ['rejected promise', 1, ''],
    ['wait', 0, '60\n'],
    ['wait for aborted calls', 0, '1500 true\n'],
    ['wait for calls that never began', 0, '10\n'],
    ['exit of a worker', 0, '7 3\n'],
    ['error in a worker', 0, 'on purpose 3\n'],
    ['exit with workers', 7, ''],
  ])('%s: code %i', async (how, code, stdout) => {
    const outcome = await runScript(script('exit_in_flight.mjs'), [how]);
    expect({ ...outcome, stderr: '' }).toEqual({ code, signal: null, stdout, stderr: '' });
    if (code === 1) expect(outcome.stderr).toContain('on purpose');
    else expect(outcome.stderr).toBe('');
  });
});
