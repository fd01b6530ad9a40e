// A test suite may have replaced the global timers before octavo is loaded: promises settle all the same.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const PROGRAM = `
  for (const name of ['setImmediate', 'setTimeout', 'setInterval']) globalThis[name] = () => ({});
  const { matmulInt8Async, Tensor } = require(process.argv[1]);
  const a = Tensor.zeros('int8', [4, 4]);
  (async () => {
    for (let i = 0; i < 30; i++) await matmulInt8Async(a, a);
    await Promise.all(Array.from({ length: 100 }, () => matmulInt8Async(a, a)));
    console.log('settled');
  })();`;

it('settles promises without the global setImmediate', () => {
  const library = path.join(__dirname, '..', '..', 'dist', 'lib', 'index.js');
  const options = { encoding: 'utf8', timeout: 20_000 } as const;
  expect(execFileSync(process.execPath, ['-e', PROGRAM, library], options)).toBe('settled\n');
});
