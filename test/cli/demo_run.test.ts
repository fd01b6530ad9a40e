import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoResult } from '../../lib/demo';

const main = path.join(__dirname, '..', '..', 'dist', 'lib', 'cli', 'main.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'octavo-demo-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  if (!existsSync(main)) throw new Error('dist/ is missing: run `npm run prepare` first');
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(...words: string[]): Promise<Outcome> {
  const env = { ...process.env, OCTAVO_DEBUG: '' };
  return new Promise((done) => {
    execFile(process.execPath, [main, 'demo', ...words], { cwd: folder, env }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('octavo demo, as users run it,', () => {
  it('prints a table of at most 80 columns, and no progress bar where there is no terminal', async () => {
    const { code, stdout, stderr } = await demo('--count', '300');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ +float32 +int8$/);
    for (const title of ['weights', 'accuracy', 'one image, best', 'batch of 256, median', 'peak', 'system', 'data'])
      expect(lines.some((line) => line.startsWith(title))).toBe(true);
    for (const line of lines.filter((text) => !text.startsWith('cpu'))) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints a help of at most 80 columns', async () => {
    const { code, stdout } = await demo('--help');
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('prints one JSON object with --json, and nothing else', async () => {
    const { code, stdout, stderr } = await demo('--json', '--count', '300', '--seed', '9', '--activations', 'static');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout) as DemoResult;
    expect(result).toMatchObject({
      model: { embedded: true, widths: [784, 256, 128, 10] },
      data: { images: 300, seed: 9, calibrationImages: 1000 },
      activations: 'static',
      accuracy: { agreement: { total: 300 } },
      latency: { single: { rows: 1 }, batch: { rows: 256 } },
    });
    expect(result.accuracy.int8.value).toBeGreaterThan(0.95);
  });

  it.each([
    [
      'a missing file',
      ['--images', 'none', '--labels', 'none'],
      1,
      'octavo: none: cannot read: no such file or directory\n',
    ],
    [
      'a file of another kind',
      ['--weights', 'text'],
      1,
      'octavo: text: not a safetensors file: 5 bytes, expected at least 8\n',
    ],
    ['images without labels', ['--images', 'x'], 2, 'octavo: --images and --labels must be given together\n'],
    ['no images at all', ['--count', '0'], 1, 'octavo: count must be an integer from 1 to 1000000, got 0 (number)\n'],
  ])('answers %s with one line and its exit code', async (_, words, code, line) => {
    writeFileSync(path.join(folder, 'text'), 'hello');
    expect(await demo(...words)).toEqual({ code, stdout: '', stderr: line });
  });
});
