import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCleanups } from '../../lib/cli/exit';
import { NO_PROGRESS, startProgress } from '../../lib/cli/progress';

let written = '';

/** What stderr is for the length of a test. */
function pretend(isTTY: boolean, term: string): void {
  vi.stubEnv('TERM', term);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
}

const descriptor = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
beforeEach(() => {
  written = '';
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  if (descriptor === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
  else Object.defineProperty(process.stderr, 'isTTY', descriptor);
});

describe('startProgress', () => {
  it('shows step and percentage on a terminal, and takes them off', async () => {
    pretend(true, 'xterm');
    const progress = startProgress(true);
    progress.update('drawing digits', 0.5);
    await vi.waitFor(() => expect(written).toMatch(/drawing digits {2,}\[=+-+\] 50 %/));
    progress.stop();
    const length = written.length;
    progress.update('too late', 0.9);
    runCleanups();
    expect(written.slice(length)).not.toContain('%');
  });

  it('takes the bar off when the command is interrupted', () => {
    pretend(true, 'xterm');
    startProgress(true).update('timing', 0.1);
    const length = written.length;
    runCleanups();
    expect(written.length).toBeGreaterThan(length);
  });

  it.each([
    ['it is not wanted', false, true, 'xterm'],
    ['stderr is not a terminal', true, false, 'xterm'],
    ['the terminal cannot move its cursor', true, true, 'dumb'],
  ])('shows nothing where %s', (_, wanted, isTTY, term) => {
    pretend(isTTY, term);
    const progress = startProgress(wanted);
    progress.update('drawing', 0.5);
    progress.stop();
    expect(progress).toBe(NO_PROGRESS);
    expect(written).toBe('');
  });
});
