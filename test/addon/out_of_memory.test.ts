import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';

const CODES = {
  quantizeAsync: 'ERR_NATIVE',
  packInt8: 'ERR_NATIVE',
  packInt8Async: 'ERR_NATIVE',
  packFloat32: 'ERR_NATIVE',
  createQuantizedLinear: expect.stringMatching(/^ERR_(NATIVE|SHAPE)$/), // whichever is seen first
};

it('memory that the system does not give is an error, not the end', async ({ skip }) => {
  if (spawnSync('prlimit', ['--version']).status !== 0) skip('skipped: no prlimit here');
  // AddressSanitizer reserves more addresses than any limit, and ends the process itself.
  if (process.env.LD_PRELOAD?.includes('asan')) skip('skipped: address space cannot be limited under AddressSanitizer');
  expect(JSON.parse(await runScriptToEnd(path.join(__dirname, 'out_of_memory.mjs')))).toEqual(CODES);
});
