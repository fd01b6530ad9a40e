// Arrays that are handed over and cut off from their memory while the system reads or writes: in a process of its own, which the
// system would end if it went on with memory that is gone.
import path from 'node:path';
import { expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';

it('reads and writes nothing of memory that is gone', async () => {
  const outcomes = JSON.parse(await runScriptToEnd(path.join(__dirname, 'detach_meanwhile.mjs'), []));
  expect(outcomes.read).toBe(50);
  expect(outcomes.written + outcomes.refused).toBe(50);
  expect(outcomes.refused).toBeGreaterThan(0);
});
