import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerDemo } from '../../lib/cli/demo_command';

describe('octavo demo', () => {
  /** Exit code and message of commander for a wrong call. */
  async function usageError(...words: string[]): Promise<string> {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    registerDemo(program);
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
    try {
      await program.parseAsync(['demo', ...words], { from: 'user' });
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('accepted');
  }

  it.each([
    [['--layers', '--images', 'x'], '--images and --labels must be given together'],
    [['--layers', '--labels', 'x'], '--images and --labels must be given together'],
    [['--layers', '--images', 'x', '--labels', 'y', '--seed', '1'], '--seed is for drawn digits'],
    [['--count', '1e3'], "'1e3' is invalid. It must be a whole number"],
    [['--count', '-5'], "'-5' is invalid"],
    [['--images', 'x', '--labels', 'y'], '--images is for --layers'],
    [['--weights', 'x'], '--weights is for --layers'],
    [['--batch', '32'], '--batch is for --layers'],
    [['--activations', 'some'], 'Allowed choices are dynamic, static'],
    [['extra'], 'too many arguments'],
    [['--nonsense'], "unknown option '--nonsense'"],
  ])('refuses %j', async (words, message) => {
    expect(await usageError(...words)).toContain(message);
  });
});
