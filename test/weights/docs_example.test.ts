// The examples of docs/weights.md run, on the build.
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

/** What each example prints, in the order of the document. */
const PRINTED = [/^4\.13\n0\.00\d+\n16384\n$/, /^3,64 nf4 9472\n3,64 int4 32\n$/];

it('docs/weights.md has examples that run', () => {
  const blocks = fencedBlocks(readFileSync(path.join(ROOT, 'docs', 'weights.md'), 'utf8'));
  const programs = blocks.filter(({ language }) => language === 'js');
  expect(programs).toHaveLength(PRINTED.length);
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-'));
  try {
    programs.forEach(({ code }, i) => {
      const program = code.replace(/from '([^']+)'/g, (_, name: string) => {
        expect(Object.keys(DIST)).toContain(name);
        return `from '${pathToFileURL(path.join(ROOT, DIST[name]!)).href}'`;
      });
      const file = path.join(folder, `example${i}.mjs`);
      writeFileSync(file, program);
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(PRINTED[i]!);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
