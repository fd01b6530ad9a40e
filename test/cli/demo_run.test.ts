import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayersDemoResult, ModelDemoResult } from '../../lib/demo';

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
    const { code, stdout, stderr } = await demo('--count', '100');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ +size +accuracy \(95 %\) +one image +32 images$/);
    for (const title of ['float32', 'int8', 'speed   onnxruntime-node', 'model', 'data', 'yours'])
      expect(lines.some((line) => line.startsWith(title))).toBe(true);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('quantizes the model that ships with the package, all of it', async () => {
    const { code, stdout, stderr } = await demo('--json', '--count', '320', '--seed', '9');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { data, report, speed } = JSON.parse(stdout) as ModelDemoResult;
    expect(data).toMatchObject({ images: 320, seed: 9, calibrationImages: 128 });
    const { evaluation, layers, source, output } = report;
    expect(evaluation).toMatchObject({ kind: 'accuracy', float: { count: 320 }, quantized: { count: 320 } });
    expect(evaluation!.quantized.value).toBeGreaterThan(0.96);
    expect(Math.abs(evaluation!.drop)).toBeLessThan(1);
    expect(layers.filter(({ weighted }) => weighted).map(({ form }) => form)).toEqual(new Array(5).fill('int8'));
    expect(source.bytes / output.bytes).toBeGreaterThan(3);
    expect(speed?.single.ratio).toBeGreaterThan(0);
  });

  it('prints a table of layers with --layers', async () => {
    const { code, stdout, stderr } = await demo('--layers', '--count', '300');
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
    const { code, stdout, stderr } = await demo(
      '--layers',
      '--json',
      '--count',
      '300',
      '--seed',
      '9',
      '--activations',
      'static',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout) as LayersDemoResult;
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
      ['--layers', '--images', 'none', '--labels', 'none'],
      1,
      'octavo: none: cannot read: no such file or directory\n',
    ],
    [
      'a file of another kind',
      ['--layers', '--weights', 'text'],
      1,
      'octavo: text: not a safetensors file: 5 bytes, expected at least 8\n',
    ],
    [
      'images without labels',
      ['--layers', '--images', 'x'],
      2,
      'octavo: --images and --labels must be given together\n',
    ],
    ['no images at all', ['--count', '0'], 1, 'octavo: count must be an integer from 1 to 1000000, got 0 (number)\n'],
  ])('answers %s with one line and its exit code', async (_, words, code, line) => {
    writeFileSync(path.join(folder, 'text'), 'hello');
    expect(await demo(...words)).toEqual({ code, stdout: '', stderr: line });
  });
});
