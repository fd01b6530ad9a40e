// The examples of docs/kv-cache.md do what they say when they are pasted.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fencedBlocks } from '../docs/fenced_blocks';

const root = path.join(__dirname, '..', '..');
const blocks = fencedBlocks(readFileSync(path.join(root, 'docs', 'kv-cache.md'), 'utf8'));

it.each(blocks.filter(({ language }) => language === 'js'))('line $line', ({ code }) => {
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' });
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toMatch(/^310 \d+\.\d+ \d+\.\d+\n$/);
});

it('has an example', () => expect(blocks.map(({ language }) => language)).toEqual(['js', 'sh']));
