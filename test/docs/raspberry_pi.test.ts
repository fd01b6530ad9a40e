// The commands of docs/raspberry-pi.md measure something: what they are to run is there. Nothing is measured here.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SUITES, type Suite } from '../../bench/contestant';
import { planOf } from '../../bench/plan';
import { fencedBlocks, shellCommands } from './fenced_blocks';

const PAGE = readFileSync(path.join(__dirname, '..', '..', 'docs', 'raspberry-pi.md'), 'utf8');
const commands = fencedBlocks(PAGE).flatMap(shellCommands);
const benchmarks = commands.filter((command) => command.startsWith('npx octavo bench'));

/** What README.md has too, where it is run, and what needs a board. */
const ELSEWHERE = ['npm install octavo', 'npx octavo demo', /^echo performance \| sudo tee/];

describe('docs/raspberry-pi.md', () => {
  it('has benchmarks, and no command that nothing looks at', () => {
    expect(benchmarks.length).toBeGreaterThan(2);
    const others = commands.filter((command) => !benchmarks.includes(command));
    for (const command of others)
      expect(ELSEWHERE.some((known) => (typeof known === 'string' ? known === command : known.test(command)))).toBe(
        true,
      );
  });

  it.each(benchmarks)('%s', (command) => {
    const words = command.split(' ').slice(3);
    const suite = SUITES.find((one) => one === words[0]);
    const filter = /--filter (\S+)/.exec(command)?.[1];
    for (const flag of command.match(/--\w+/g) ?? [])
      expect(['--quick', '--filter', '--json', '--html', '--threads']).toContain(flag);
    expect(
      planOf({ suite: suite ?? ('all' satisfies 'all' | Suite), filter, quick: words.includes('--quick') }).cases,
    ).not.toEqual([]);
  });
});
