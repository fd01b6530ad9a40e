import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeError, EXIT, exitCodeOf, onInterrupt, runCleanups } from '../../lib/cli/exit';
import { makeError } from '../../lib/errors';

afterEach(() => vi.unstubAllEnvs());

describe('exit codes', () => {
  it('are 1 for refusals and surprises, 2 for wrong usage, 0 for help and version', () => {
    expect(exitCodeOf(makeError('ERR_FILE', 'x'))).toBe(EXIT.refused);
    expect(exitCodeOf(new Error('x'))).toBe(EXIT.refused);
    expect(exitCodeOf('x')).toBe(EXIT.refused);
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', 'x'))).toBe(EXIT.usage);
    expect(exitCodeOf(new CommanderError(1, 'commander.help', '(outputHelp)'))).toBe(EXIT.usage);
    expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', 'x'))).toBe(EXIT.done);
    expect(exitCodeOf(new CommanderError(0, 'commander.version', 'x'))).toBe(EXIT.done);
  });
});

describe('describeError', () => {
  it('gives one line and no stack', () => {
    vi.stubEnv('OCTAVO_DEBUG', '');
    expect(describeError(makeError('ERR_FILE', 'a.gz: is truncated'))).toBe('octavo: a.gz: is truncated\n');
    expect(describeError(makeError('ERR_FILE', 'two\nlines'))).toBe('octavo: two lines\n');
    const surprise = describeError(new TypeError('x is undefined\nand more'));
    expect(surprise).toBe('octavo: unexpected error: x is undefined (set OCTAVO_DEBUG=1 for the stack)\n');
    expect(describeError('thrown text')).toContain('octavo: unexpected error: thrown text');
  });

  it('adds the stack where OCTAVO_DEBUG asks for it', () => {
    vi.stubEnv('OCTAVO_DEBUG', '1');
    expect(describeError(new TypeError('x'))).toMatch(/^octavo: unexpected error: x\nTypeError: x\n {4}at /);
    expect(describeError(makeError('ERR_RANGE', 'x'))).toMatch(/^octavo: x\nOctavoRangeError: x\n {4}at /);
  });

  it('leaves to commander what commander has printed', () => {
    expect(describeError(new CommanderError(1, 'commander.unknownOption', 'x'))).toBe('');
  });
});

describe('clean-ups', () => {
  it('run once, the newest first, whatever one of them throws', () => {
    const log: string[] = [];
    onInterrupt(() => log.push('first'));
    onInterrupt(() => {
      throw new Error('x');
    });
    onInterrupt(() => log.push('last'));
    onInterrupt(() => log.push('taken off'))();
    runCleanups();
    runCleanups();
    expect(log).toEqual(['last', 'first']);
  });
});
