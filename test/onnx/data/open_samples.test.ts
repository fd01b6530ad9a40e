import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSamples } from '../../../lib/onnx/data';
import { goldenFile } from '../../data_files/golden_files';
import { floats, info } from '../execute/tiny_models';
import { drawn, npy } from './sample_files';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-samples-'));
afterAll(() => fs.rmSync(root, { recursive: true }));

let folders = 0;
function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = path.join(root, `${folders++}`);
  fs.mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);
  return folder;
}

const x = info('x', 'float32', ['N', 2]);
const ids = info('a/ids:0', 'int64', ['N', 'S']);
const int64 = (dims: number[], ...values: number[]) => ({
  type: 'int64' as const,
  dims,
  data: BigInt64Array.from(values, BigInt),
});

describe('a folder of .npy files', () => {
  it('holds a sample at each index of the first axis, in whatever type', async () => {
    const folder = folderOf({
      'x.npy': npy([3, 2], Float64Array.of(1, 2, 3, 4, 5, 6)),
      'a_ids_0.npy': npy([3, 1], Int32Array.of(7, 8, 9)),
      'labels.npy': npy([3], Uint8Array.of(0, 1, 2)),
    });
    const source = await openSamples(folder, [x, ids]);
    expect(source).toMatchObject({ count: 3, batch: 1, description: folder, warning: undefined });
    const all = [
      { x: floats([1, 2], 1, 2), 'a/ids:0': int64([1, 1], 7) },
      { x: floats([1, 2], 3, 4), 'a/ids:0': int64([1, 1], 8) },
      { x: floats([1, 2], 5, 6), 'a/ids:0': int64([1, 1], 9) },
    ];
    expect(await drawn(source)).toEqual(all);
    expect(await drawn(source)).toEqual(all);
    expect(await drawn(await openSamples(folder, [x, ids], { limit: 2 }))).toEqual(all.slice(0, 2));
  });

  it('is put together to batches, the last of which is smaller', async () => {
    const folder = folderOf({ 'x.npy': npy([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)) });
    const source = await openSamples(folder, [x], { batch: 2 });
    expect(source).toMatchObject({ count: 3, batch: 2 });
    expect(await drawn(source)).toEqual([{ x: floats([2, 2], 1, 2, 3, 4) }, { x: floats([1, 2], 5, 6) }]);
    const fixed = await openSamples(folder, [info('x', 'float32', [2, 2])]);
    expect(fixed.batch).toBe(2);
    expect(await drawn(fixed)).toEqual([{ x: floats([2, 2], 1, 2, 3, 4) }]);
    const one = await openSamples(folder, [info('x', 'float32', [1, 2])], { batch: 2 });
    expect(one.batch).toBe(1);
  });

  it('may have the batch axis already, and samples without any', async () => {
    const whole = folderOf({ 'x.npy': npy([2, 1, 2], Float32Array.of(1, 2, 3, 4)) });
    expect(await drawn(await openSamples(whole, [x]))).toEqual([
      { x: floats([1, 2], 1, 2) },
      { x: floats([1, 2], 3, 4) },
    ]);
    const flat = folderOf({ 'v.npy': npy([1, 2], Float32Array.of(1, 2)) });
    expect(await drawn(await openSamples(flat, [info('v', 'float32', [2])]))).toEqual([{ v: floats([2], 1, 2) }]);
  });

  it.each<[string, Record<string, Uint8Array>, RegExp, RegExp | undefined]>([
    [
      'an input without a file',
      { 'y.npy': npy([1, 2], Float32Array.of(1, 2)) },
      /no file 'x\.npy' for the input 'x'/,
      /It holds y\.npy/,
    ],
    ['nothing', {}, /no file 'x\.npy'/, /Expected a folder of <input name>\.npy/],
    [
      'another shape',
      { 'x.npy': npy([4, 3], new Float32Array(12)) },
      /x\.npy: sample 0 of input 'x' has the dims \[3\], the model takes \[N, 2\]/,
      /first axis/,
    ],
    ['a single value', { 'x.npy': npy([], Float32Array.of(1)) }, /single value/, undefined],
    ['a truncated file', { 'x.npy': npy([3, 2], new Float32Array(6)).subarray(0, -4) }, /truncated/, undefined],
  ])('says what is wrong with %s', async (_, files, message, hint) => {
    const open = async () => drawn(await openSamples(folderOf(files), [x]));
    const expected = { message: expect.stringMatching(message), ...(hint && { hint: expect.stringMatching(hint) }) };
    await expect(open()).rejects.toMatchObject(expected);
  });

  it('refuses numbers of samples that differ, and integers that do not fit', async () => {
    const uneven = folderOf({
      'x.npy': npy([2, 2], new Float32Array(4)),
      'a_ids_0.npy': npy([3, 1], Int32Array.of(7, 8, 9)),
    });
    await expect(openSamples(uneven, [x, ids])).rejects.toThrow(
      /a_ids_0\.npy: 3 samples for the input 'a\/ids:0', other inputs have 2/,
    );
    const bytes = folderOf({ 'b.npy': npy([2, 1], Float32Array.of(1, 256)) });
    await expect(drawn(await openSamples(bytes, [info('b', 'uint8', ['N', 1])]))).rejects.toMatchObject({
      code: 'ERR_RANGE',
      tensor: 'b',
      sample: 1,
      message: expect.stringMatching(
        /sample 1 of input 'b' is 256 at place 0, which is no uint8: expected integers from 0 to 255$/,
      ),
    });
  });

  it('tells channels last from channels first', async () => {
    const folder = folderOf({ 'p.npy': npy([1, 4, 5, 3], new Float32Array(60)) });
    await expect(openSamples(folder, [info('p', 'float32', ['N', 3, 4, 5])])).rejects.toMatchObject({
      hint: expect.stringMatching(/channels last \(NHWC\)/),
    });
  });
});

describe('other places', () => {
  it('takes a single .npy file for a single input', async () => {
    const file = path.join(folderOf({ 'any.npy': npy([1, 2], Float32Array.of(1, 2)) }), 'any.npy');
    expect(await drawn(await openSamples(file, [x]))).toEqual([{ x: floats([1, 2], 1, 2) }]);
    await expect(openSamples(file, [x, ids])).rejects.toThrow(/one array, but the model has 2 inputs/);
  });

  it('takes .npz files, alone or in a folder', async () => {
    const folder = folderOf({ 'a.npz': goldenFile('npz'), 'b.npz': goldenFile('npzDeflated') });
    const input = info('a', 'float32', ['N', 3]);
    const samples = [{ a: floats([1, 3], 1, -2.5, 3) }, { a: floats([1, 3], 0.5, 0, -1e-3) }];
    expect(await drawn(await openSamples(path.join(folder, 'b.npz'), [input]))).toEqual(samples);
    const both = await openSamples(folder, [input]);
    expect(both.count).toBe(4);
    expect(await drawn(both)).toEqual([...samples, ...samples]);
    const other = [input, info('q', 'float32', ['N'])];
    await expect(openSamples(path.join(folder, 'b.npz'), other)).rejects.toMatchObject({
      message: expect.stringMatching(/b\.npz: no array for the input 'q'/),
      hint: "It holds 'a', 'b'; call the arrays like the inputs.",
    });
  });

  it('draws random samples that are the same every time, and says what they are worth', async () => {
    const inputs = [
      x,
      ids,
      info('attention_mask', 'int64', ['N', 'S']),
      info('h', 'float16', [1, 3]),
      info('u', 'uint32', [4]),
    ];
    const source = await openSamples('random:3', inputs, { dims: { S: 5 } });
    expect(source).toMatchObject({ count: 3, warning: expect.stringMatching(/nothing about accuracy/) });
    const samples = await drawn(source);
    expect(samples).toHaveLength(3);
    expect(await drawn(source)).toEqual(samples);
    expect(await drawn(await openSamples('random:3', inputs, { dims: { S: 5 }, seed: 1 }))).not.toEqual(samples);
    const [first, second] = samples as [(typeof samples)[0], (typeof samples)[0]];
    expect(first.x!.data).not.toEqual(second.x!.data);
    expect(first['a/ids:0']!.dims).toEqual([1, 5]);
    for (const id of first['a/ids:0']!.data as BigInt64Array) expect(id >= 0n && id < 32n).toBe(true);
    expect(first.attention_mask!.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n, 1n));
    expect(first.h!.data).toBeInstanceOf(Uint16Array);
    expect(first.u!.data).toBeInstanceOf(Uint32Array);
    await expect(openSamples('random', [x])).rejects.toThrow(/random:N/);
    await expect(openSamples('random:1', [{ name: 'x', type: undefined }])).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });

  it('refuses what is no place of samples', async () => {
    await expect(openSamples(path.join(root, 'absent'), [x])).rejects.toMatchObject({ code: 'ERR_FILE' });
    const file = path.join(folderOf({ 'a.txt': 'text' }), 'a.txt');
    await expect(openSamples(file, [x])).rejects.toThrow(/cannot be read as samples, expected a folder/);
  });
});
