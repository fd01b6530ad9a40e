// The examples of docs/checkpoints.md run, on the build.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { fencedBlocks } from '../docs/fenced_blocks';

const ROOT = path.join(__dirname, '..', '..');
const DIST: Readonly<Record<string, string>> = {
  octavo: 'dist/lib/index.mjs',
  'octavo/checkpoint': 'dist/lib/checkpoint/index.mjs',
};

const PROGRAMS = fencedBlocks(readFileSync(path.join(ROOT, 'docs', 'checkpoints.md'), 'utf8')).filter(
  ({ language }) => language === 'js',
);

it.each([
  [0, /^layers\.0\.proj\.weight 4\.5\n\[ 1, 64 \]\n$/],
  [
    1,
    /^steps I64 \[\] 8\nw F32 \[ 1000, 256 \] 1024000\n500\n\[ 0, 256 \]\n\[ 256, 512 \]\n\[ 512, 768 \]\n\[ 768, 1000 \]\n$/,
  ],
])('example %i', (index, output) => {
  expect(PROGRAMS).toHaveLength(2);
  const program = PROGRAMS[index]!.code.replace(/from '([^']+)'/g, (_, name: string) => {
    expect(Object.keys(DIST)).toContain(name);
    return `from '${pathToFileURL(path.join(ROOT, DIST[name]!)).href}'`;
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-'));
  try {
    writeFileSync(path.join(folder, 'example.mjs'), program);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
