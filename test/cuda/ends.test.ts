// Processes and threads that end while a GPU works for them.
import path from 'node:path';
import { expect, it } from 'vitest';
import { runScript } from '../reference/child_process';
import { describeOnGpu, emulatedEnvironment } from './emulated_gpu';

const script = path.join(__dirname, 'end_in_flight.mjs');

describeOnGpu('work in flight at the end', () => {
  it.concurrent.each([
    ['exit', 7, ''],
    ['exit later', 7, ''],
    ['exit in a callback', 7, ''],
    ['exit while it opens', 7, ''],
    ['throw', 1, ''],
    ['wait', 0, '8\n'],
    ['dispose and wait', 0, '8\n'],
    ['exit of a worker', 0, '7 3\n'],
    ['terminate workers', 0, '6 2\n'],
    ['one thread', 0, 'cpu gpu\n'],
  ])('%s: code %i', async (how, code, stdout) => {
    const outcome = await runScript(script, [how], emulatedEnvironment);
    expect({ ...outcome, stderr: '' }).toEqual({ code, signal: null, stdout, stderr: '' });
    expect(outcome.stderr).toMatch(code === 1 ? /on purpose/ : /^$/);
  });

  it('leaves nothing on the GPU when all is done', async () => {
    const { stderr } = await runScript(script, ['dispose and wait'], {
      ...emulatedEnvironment,
      OCTAVO_EMULATED_LEAKS: 'report',
    });
    expect(stderr).toBe('');
  });
});
