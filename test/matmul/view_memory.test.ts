// Rows that lie apart are multiplied where they are: in their arrays, and in native memory.
import path from 'node:path';
import { expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';

it('synchronous products of a view of 64 MiB in 128, batches among them, copy none of it', async () => {
  const { copied, ...calls } = JSON.parse(await runScriptToEnd(path.join(__dirname, 'view_memory.mjs')));
  expect(Object.keys(calls)).toHaveLength(7);
  for (const [name, { process, arrayBuffers }] of Object.entries<typeof copied>(calls)) {
    expect(process, name).toBeLessThan(32);
    expect(arrayBuffers, name).toBeLessThanOrEqual(0);
  }
  // What a copy looks like, in the same process.
  expect(copied.process).toBeGreaterThan(64);
  expect(copied.arrayBuffers).toBe(128);
}, 60_000);
