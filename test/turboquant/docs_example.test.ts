// The example of docs/turboquant.md runs, on the build.
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
  'octavo/turboquant': 'dist/lib/turboquant/index.mjs',
};

it('docs/turboquant.md has an example that runs', () => {
  const blocks = fencedBlocks(readFileSync(path.join(ROOT, 'docs', 'turboquant.md'), 'utf8'));
  const program = blocks
    .find(({ language }) => language === 'js')!
    .code.replace(/from '([^']+)'/g, (_, name: string) => {
      expect(Object.keys(DIST)).toContain(name);
      return `from '${pathToFileURL(path.join(ROOT, DIST[name]!)).href}'`;
    });
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-'));
  try {
    const file = path.join(folder, 'example.mjs');
    writeFileSync(file, program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toBe('4.125\n[ 1000, 128 ] [ 2, 1000 ]\n1000\n5000\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
