// octavo calibrate, merge and show, as they are called.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSketches, Sketch, Tensor } from '../../lib';
import { writeSafetensors } from '../../lib/safetensors';
import { npyFile } from '../data_files/written';
import { Random } from '../reference/random';

const main = path.join(__dirname, '..', '..', 'dist/lib/cli/main.js');
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-calibrate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);

function octavo(...args: string[]) {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', OCTAVO_DEBUG: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const random = new Random(3);
const values = random.float32(6000, 4);
const file = (name: string, data: Float32Array, shape: string) =>
  writeFileSync(
    at(name),
    npyFile(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`, new Uint8Array(data.buffer)),
  );
file('a.npy', values.slice(0, 2000), '(500, 4)');
file('b.npy', values.slice(2000), '(1000, 4)');
file('bad.npy', Float32Array.from([1, 2, 3, 4, 5, Number.NaN]), '(3, 2)');
const whole = new Sketch().observe(Tensor.from(values)).toJSON();

describe('octavo calibrate and merge', () => {
  it('make the same sketch of files together, apart and merged in any order and form', () => {
    expect(octavo('calibrate', 'a.npy', 'b.npy', '--name', 'x', '-o', 'ab.json')).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(octavo('calibrate', 'a.npy', '--name', 'x', '-o', 'a.bin').status).toBe(0);
    expect(octavo('calibrate', 'b.npy', '--name', 'x', '-o', 'b.json').status).toBe(0);
    const { stdout } = octavo('merge', 'b.json', 'a.bin', '-o', 'merged.json', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ output: 'merged.json', tensors: [{ name: 'x', count: 6000 }] });
    expect(readFileSync(at('merged.json'))).toEqual(readFileSync(at('ab.json')));
    expect(readSketches(at('ab.json')).get('x')?.toJSON()).toEqual(whole);
    expect(octavo('merge', 'a.bin', 'b.json', '-o', '-').stdout).toBe(readFileSync(at('ab.json'), 'utf8'));
  });

  it('take tensors by name, an axis, raw values and a scale', () => {
    writeSafetensors(at('w.safetensors'), [['w', Tensor.from(values, [1500, 4])]]);
    expect(octavo('calibrate', 'w.safetensors', '--axis', '-1', '--bins', '64', '-o', 'w.bin').status).toBe(0);
    const expected = new Sketch({ bins: 64, axis: -1 }).observe(Tensor.from(values, [1500, 4])).toJSON();
    expect(readSketches(at('w.bin')).get('w')?.toJSON()).toEqual(expected);
    writeFileSync(at('raw'), new Uint8Array(values.buffer));
    expect(octavo('calibrate', 'raw', '--shape', '2x3', '-o', 'raw.json').status).toBe(0);
    expect(readSketches(at('raw.json')).get('raw')?.toJSON()).toEqual(whole);
    writeFileSync(at('i.idx'), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 0, 255));
    expect(octavo('calibrate', 'i.idx', '--scale', '1/255', '-o', 'i.json').status).toBe(0);
    expect(readSketches(at('i.json')).get('i')?.channels[0]).toMatchObject({ min: 0, max: 1, sum: 1 });
  });

  it('name file, tensor and sample of bad data, or count it', () => {
    const { status, stderr } = octavo('calibrate', 'bad.npy', '-o', 'bad.json');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^octavo: .*bad\.npy: .*sample 2: NaN.*\n$/),
    });
    expect(existsSync(at('bad.json'))).toBe(false);
    expect(octavo('calibrate', 'bad.npy', '--policy', 'ignore', '-o', 'bad.json').status).toBe(0);
    expect(readSketches(at('bad.json')).get('bad')?.channels[0]).toMatchObject({ count: 6n, nanCount: 1n });
  });

  it('replace no file unless they are told to, and leave no temporary one', () => {
    writeFileSync(at('old.json'), 'mine');
    for (const args of [
      ['calibrate', 'a.npy'],
      ['merge', 'ab.json'],
    ]) {
      expect(octavo(...args, '-o', 'old.json')).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/exists already/),
      });
      expect(readFileSync(at('old.json'), 'utf8')).toBe('mine');
    }
    expect(octavo('calibrate', 'a.npy', '-o', 'old.json', '--force').status).toBe(0);
    expect(octavo('calibrate', 'a.npy', '-o', 'gone/x.json')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/no such folder/),
    });
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    [['calibrate', 'a.npy']],
    [['calibrate', '-o', 'x.json']],
    [['calibrate', 'a.npy', '-o', 'x.json', '--shape', '0x3']],
    [['calibrate', 'a.npy', '-o', 'x.json', '--scale', '1/0']],
    [['calibrate', 'a.npy', '-o', '-', '--json']],
    [['calibrate', 'a.npy', '-o', 'x.json', '--policy', 'warn']],
    [['show', 'ab.json', '--type', 'int9']],
    [['show', 'ab.json', '--width', '10']],
  ])('%j is wrong usage', (args) => {
    expect(octavo(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^octavo: .*\n$/) });
  });
});

describe('octavo show', () => {
  it('prints statistics, a histogram and every method in 80 columns', () => {
    const { status, stdout } = octavo('show', 'ab.json', '--width', '80');
    expect(status).toBe(0);
    for (const part of ['x\n', '6000 values', 'minmax', 'percentile 99.99', 'entropy', '* mse', 'SQNR dB', '█'])
      expect(stdout).toContain(part);
    expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });

  it('gives the same as JSON, where the best method is that of the least error', () => {
    const { tensors } = JSON.parse(octavo('show', 'ab.json', '--json', '--asymmetric', '--type', 'uint4').stdout);
    expect(tensors[0]).toMatchObject({ name: 'x', count: 6000, nanCount: 0 });
    const errors = tensors[0].methods.map(({ mse }: { mse: number }) => mse);
    const best = tensors[0].methods.find((one: { best: boolean }) => one.best);
    expect(best.mse).toBe(Math.min(...errors));
    expect(tensors[0].histogram.counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(6000);
  });

  it('lists many tensors, one of them on demand, and channels', () => {
    const { stdout } = octavo('calibrate', 'a.npy', 'b.npy', '--axis', '1', '-o', 'c.json');
    expect(stdout).toMatch(/^a +4 +2000 /m);
    expect(octavo('show', 'c.json').stdout).toMatch(/^a .*\n[\s\S]*--tensor <name>/m);
    expect(octavo('show', 'c.json', '--tensor', 'a').stdout).toMatch(/4 channels\s+along axis 1[\s\S]*\nchannel, /);
    expect(octavo('show', 'c.json', '--tensor', 'z')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/no tensor "z", but "a", "b"/),
    });
    expect(octavo('show', 'a.npy')).toMatchObject({ status: 1, stderr: expect.stringMatching(/a\.npy: /) });
  });

  it('writes a page with the histogram and the thresholds', () => {
    expect(octavo('show', 'ab.json', '--html', 'page.html').status).toBe(0);
    const page = readFileSync(at('page.html'), 'utf8');
    expect(page).toMatch(/<svg role="img" aria-label="Histogram of x/);
    expect(page.match(/class="threshold/g)?.length).toBeGreaterThan(12);
    expect(page).not.toMatch(/<script|https?:/);
    expect(octavo('show', 'ab.json', '--html', 'page.html')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/exists already/),
    });
  });
});
