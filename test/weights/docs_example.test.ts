// The example of docs/weights.md runs, on the build.
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
  'octavo/weights': 'dist/lib/weights/index.mjs',
};

it('docs/weights.md has an example that runs', () => {
  const blocks = fencedBlocks(readFileSync(path.join(ROOT, 'docs', 'weights.md'), 'utf8'));
  const programs = blocks.filter(({ language }) => language === 'js');
  expect(programs).toHaveLength(1);
  const program = programs[0]!.code.replace(/from '([^']+)'/g, (_, name: string) => {
    expect(Object.keys(DIST)).toContain(name);
    return `from '${pathToFileURL(path.join(ROOT, DIST[name]!)).href}'`;
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-'));
  try {
    const file = path.join(folder, 'example.mjs');
    writeFileSync(file, program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^4\.13\n0\.00\d+\n16384\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
