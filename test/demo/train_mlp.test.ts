import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../lib/demo/dataset';
import { drawDigits } from '../../lib/demo/draw_digits';
import { loadModel } from '../../lib/demo/load_model';
import { writeIdx } from '../../lib/idx';
import { runtime } from '../../lib/runtime';
import { readSafetensors } from '../../lib/safetensors';

const script = path.join(__dirname, '..', '..', 'scripts', 'train_mlp.mjs');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-train-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => path.join(folder, name);

const COUNT = 500;
const { images, labels } = drawDigits({ count: COUNT, seed: 1, purpose: 'train' });
writeIdx(inFolder('i.gz'), { type: 'uint8', dims: [COUNT, 28, 28], data: images });
writeIdx(inFolder('l'), { type: 'uint8', dims: [COUNT], data: labels });
const FILES = ['--images', 'i.gz', '--labels', 'l', '--hidden', '24', '--batch', '32'];

function train(words: string[], env: NodeJS.ProcessEnv = {}): { code: number | null; stdout: string; stderr: string } {
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], options);
  return { code: status, stdout, stderr };
}

describe('train_mlp', () => {
  it('learns, and holds a fifth of the images out', () => {
    const outcome = train([...FILES, '--out', 'm', '--epochs', '12', '--write-test', 'held']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [, accuracy] = /epoch 12\/12 .* test (\d+\.\d+) %/.exec(outcome.stdout) ?? [];
    expect(Number(accuracy)).toBeGreaterThan(45); // of 400 images; a tenth would be right by chance
    expect(loadModel(inFolder('m')).widths).toEqual([784, 24, 10]);
    expect(loadModel(inFolder('m')).inputScale).toBe(1 / 255);
    const held = loadDataset({ images: inFolder('held-images.idx'), labels: inFolder('held-labels.idx') });
    expect(held.count).toBe(100);
    const { metadata } = readSafetensors(inFolder('m'));
    expect(metadata.get('trained_on')).toBe('400 images: i.gz');
    expect(metadata.get('test_accuracy')).toBe(`${Math.round(Number(accuracy))} of 100`);
  });

  it('gives the same bytes with every kernel set and any number of threads', () => {
    const words = [...FILES, '--epochs', '1', '--out'];
    train([...words, 'first'], { OCTAVO_THREADS: '1' });
    const bytes = fs.readFileSync(inFolder('first'));
    for (const isa of runtime.available) {
      expect(train([...words, 'again'], { OCTAVO_ISA: isa }).code).toBe(0);
      expect(fs.readFileSync(inFolder('again')).equals(bytes)).toBe(true);
    }
    train([...words, 'other', '--seed', '2']);
    expect(fs.readFileSync(inFolder('other')).equals(bytes)).toBe(false);
  });

  it.each([
    [[], 2, /--out is missing/],
    [['--out', 'x', '--images', 'i.gz'], 2, /--images and --labels must be given together/],
    [['--out', 'x', '--epochs', 'many'], 2, /--epochs must be a whole number/],
    [['--out', 'none/x'], 2, /there is no folder none/],
    [['--out', 'x', '--nonsense'], 2, /nonsense/],
    [['--out', 'x', '--images', 'none', '--labels', 'l'], 1, /none: cannot read: no such file/],
    [['--out', 'x', '--images', 'l', '--labels', 'l'], 1, /l: it has one dimension/],
  ])('refuses %j with one line', (words, code, message) => {
    const outcome = train(words);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^train_mlp: [^\n]+\n$/);
    expect(fs.existsSync(inFolder('x'))).toBe(false);
  });
});
