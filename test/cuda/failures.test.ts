// What becomes of calls when a GPU fails, on the emulated one. In processes of their own.
import path from 'node:path';
import { expect, it } from 'vitest';
import { runScriptToEnd } from '../reference/child_process';
import { describeOnGpu, emulatedEnvironment } from './emulated_gpu';

/** What fail.mjs prints, by its first word, where the driver's call of this number fails. */
async function outcomes(failure: string): Promise<Record<string, string>> {
  const environment = { ...emulatedEnvironment, OCTAVO_EMULATED_FAILURE: failure, OCTAVO_EMULATED_LEAKS: 'report' };
  const text = await runScriptToEnd(path.join(__dirname, 'fail.mjs'), [], environment);
  return Object.fromEntries(text.split('\n').map((line) => line.split(/: (.*)/) as [string, string]));
}

const REASON = 'unspecified launch failure (CUDA_ERROR_LAUNCH_FAILED)';
const AFTERWARDS = ['later upload', 'later read', 'later wait', 'free'];

describeOnGpu('a GPU that fails', () => {
  it.concurrent('does what it can without pinned memory', async () => {
    const found = await outcomes('MemHostAlloc:1');
    for (const what of ['read', 'large read', 'later read', 'open']) expect(found[what], what).toBe('right');
  });

  it.concurrent.each([
    ['EventSynchronize:2', ['large read', 'wait'], 'computing on the GPU'],
    ['MemcpyHtoDAsync:1', ['upload', 'large upload', 'wait'], 'copying to the GPU'],
    ['MemcpyDtoHAsync:3', ['large read', 'wait'], 'copying from the GPU'],
    ['EventRecord:2', ['large upload', 'read', 'wait'], 'marking a point of the stream'],
  ])('rejects what waits, and refuses the rest: %s', async (failure, waiting, doing) => {
    const found = await outcomes(failure);
    for (const what of waiting) expect(found[what], what).toMatch(/^ERR_DEVICE /);
    for (const what of AFTERWARDS.filter((each) => found[each] !== 'nothing'))
      expect(found[what], what).toBe(`ERR_DEVICE the GPU was lost: ${doing}: ${REASON}`);
    expect(found.open).toContain(`; this process lost the GPU before (${doing}: ${REASON}), and a new one can use it`);
    expect(found['open alone']).toBe('right');
  });

  it.concurrent('goes on after a call that found no memory', async () => {
    const found = await outcomes('EventCreate:1');
    expect(found.upload).toMatch(/^ERR_MEMORY creating an event: out of memory/);
    for (const what of ['large read', 'open']) expect(found[what], what).toBe('right');
  });
});
