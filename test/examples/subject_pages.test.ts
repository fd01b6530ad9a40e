// The programs on the pages of subjects do what the pages say, as pasted, in an empty folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { emulatedDriver } from '../cuda/emulated_gpu';
import { fencedBlocks } from '../docs/fenced_blocks';

const ROOT = path.join(__dirname, '..', '..');
const WINDOWS = '\\[ 0, 256 \\]\n\\[ 256, 512 \\]\n\\[ 512, 768 \\]\n\\[ 768, 1000 \\]';

/** What programs print on the emulated GPU; where it was not built they end with a line that says why there is none. */
const onGpu = (...printed: RegExp[]) => (emulatedDriver === undefined ? printed.map(() => /^.+\n$/) : printed);

/** What each program of a page prints, in the page's order. */
const PAGES: Readonly<Record<string, readonly RegExp[]>> = {
  weights: [/^4\.13\n0\.00\d+\n16384\n$/, /^3,64 nf4 9472\n3,64 int4 32\n$/],
  checkpoints: [
    /^layers\.0\.proj\.weight 4\.5\n\[ 1, 64 \]\n$/,
    new RegExp(`^steps I64 \\[\\] 8\nw F32 \\[ 1000, 256 \\] 1024000\n500\n${WINDOWS}\n$`),
  ],
  turboquant: [/^4\.125\n\[ 1000, 128 \] \[ 2, 1000 \]\n1000\n5000\n$/],
  'kv-cache': [/^310 \d+\.\d+ \d+\.\d+\n$/],
  cuda: onGpu(
    /^Emulated GPU 9\.0\n\[ 2, 2 \] Float32Array\(4\) \[ 1, 2, 3, 4 \]\n$/,
    /^true\n\[ 64, 64 \] 256\n4096n\n$/,
    /^true\nInt32Array\(4\) \[ 3, 4, 11, 16 \] Int32Array\(4\) \[ 3, 4, 11, 16 \]\n$/,
    /^true\nERR_MEMORY allocating 4398046511104 bytes .*; \d+ bytes are free\n$/,
  ),
  'vector-index': [/^5 (1\.0|0\.9)\d\n1\.0000\n\[ 100, 3 \]\ntrue\n19999\n$/],
};

const programs = Object.entries(PAGES).flatMap(([page, printed]) => {
  const blocks = fencedBlocks(readFileSync(path.join(ROOT, 'docs', `${page}.md`), 'utf8'));
  const found = blocks.filter(({ language }) => language === 'js');
  if (found.length !== printed.length) throw new Error(`${page}.md has ${found.length} programs`);
  return found.map(({ code, line }, i) => ({ page, line, code, printed: printed[i]! }));
});

it.each(programs)('$page, line $line', ({ code, printed }) => {
  // Within the package, where its own name leads to it.
  mkdirSync(path.join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(path.join(ROOT, 'build', 'page-'));
  try {
    writeFileSync(path.join(folder, 'program.mjs'), code);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(printed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
