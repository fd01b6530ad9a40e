import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDataset, sliceDataset, takeRows } from '../../lib/demo/dataset';
import { type IdxArray, writeIdx } from '../../lib/idx';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-dataset-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const files = { images: path.join(folder, 'images.idx'), labels: path.join(folder, 'labels.idx') };

function save(images: Partial<IdxArray> = {}, labels: Partial<IdxArray> = {}): typeof files {
  writeIdx(files.images, { type: 'uint8', dims: [3, 2, 1], data: Uint8Array.of(0, 255, 51, 102, 1, 2), ...images });
  writeIdx(files.labels, { type: 'uint8', dims: [3], data: Uint8Array.of(2, 0, 1), ...labels });
  return files;
}

describe('loadDataset', () => {
  it('flattens images and scales bytes to 0..1', () => {
    const dataset = loadDataset(save());
    expect(dataset).toMatchObject({ count: 3, width: 2, source: files.images, labels: Int32Array.of(2, 0, 1) });
    expect(takeRows(dataset, [1, 0])).toEqual(Float32Array.of(0.2, 0.4, 0, 1));
  });

  it('scales bytes and integers, not floats, by the scale of the model', () => {
    expect(takeRows(loadDataset(save(), 0.5), [0])).toEqual(Float32Array.of(0, 127.5));
    const integers = { type: 'int16', data: Int16Array.of(-4, 4, 0, 0, 0, 0) } as const;
    expect(takeRows(loadDataset(save(integers), 0.5), [0])).toEqual(Float32Array.of(-2, 2));
    expect(takeRows(loadDataset(save(integers)), [0])).toEqual(Float32Array.of(-4, 4));
    const floats = { type: 'float64', data: Float64Array.of(-4, 4, 0, 0, 0, 0) } as const;
    expect(takeRows(loadDataset(save(floats), 0.5), [0])).toEqual(Float32Array.of(-4, 4));
  });

  const nan = Float32Array.of(0, 0, 0, Number.NaN, 0, 0);
  const huge = Float64Array.of(1e300, 0, 0, 0, 0, 0);
  it.each([
    ['labels given as images', { dims: [6] }, {}, 'images', /one dimension, as labels have/],
    ['images given as labels', {}, { dims: [3, 1] }, 'labels', /2 dimensions, as images have/],
    ['no images', { dims: [0, 2], data: new Uint8Array(0) }, {}, 'images', /holds no values: its dimensions are 0 x 2/],
    ['images of no size', { dims: [3, 0], data: new Uint8Array(0) }, {}, 'images', /holds no values/],
    ['NaN', { type: 'float32', data: nan }, {}, 'images', /image 1 has a value that is not a finite float32/],
    ['a value beyond float32', { type: 'float64', data: huge }, {}, 'images', /image 0 has a value that is not/],
    ['labels that are floats', {}, { type: 'float32', data: Float32Array.of(1, 2, 3) }, 'labels', /labels are float32/],
    ['a negative label', {}, { type: 'int8', data: Int8Array.of(0, -3, 0) }, 'labels', /holds the label -3/],
    ['too few labels', {}, { dims: [2], data: Uint8Array.of(1, 2) }, 'labels', /holds 2 labels, .* holds 3 images/],
  ] as [string, Partial<IdxArray>, Partial<IdxArray>, 'images' | 'labels', RegExp][])(
    'refuses %s with ERR_FILE, naming the file',
    (_, images, labels, guilty, fault) => {
      const load = () => loadDataset(save(images, labels));
      expect(load).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
      expect(load).toThrow(fault);
      expect(() => load()).toThrow(new RegExp(`^${files[guilty]}: `));
    },
  );
});

it('sliceDataset keeps rows and labels together', () => {
  const part = sliceDataset(loadDataset(save()), 1, 3);
  expect(part.count).toBe(2);
  expect(part.labels).toEqual(Int32Array.of(0, 1));
  expect(takeRows(part, [0])).toEqual(Float32Array.of(0.2, 0.4));
});
