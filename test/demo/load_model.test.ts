import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkFits, compareNaturally, loadModel } from '../../lib/demo/load_model';
import { type StoredDType, writeSafetensors } from '../../lib/safetensors';
import { Tensor } from '../../lib/tensor';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-model-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'm.safetensors');

const zeros = (...dims: number[]): Tensor<StoredDType> => Tensor.zeros('float32', dims);

function saved(tensors: Record<string, Tensor<StoredDType>>, metadata: Record<string, string> = {}): string {
  writeSafetensors(file, Object.entries(tensors), new Map(Object.entries(metadata)));
  return file;
}

it('compareNaturally orders numbers by value, words by letter', () => {
  const names = ['layers.10', 'layers.2', 'layers', 'a10b2', 'a10b10', 'a9', ''];
  expect([...names].sort(compareNaturally)).toEqual(['', 'a9', 'a10b2', 'a10b10', 'layers', 'layers.2', 'layers.10']);
});

describe('loadModel', () => {
  it('orders layers by name and finds widths and input scale', () => {
    const tensors = { 'net.10.weight': zeros(2, 3), 'net.9.weight': zeros(3, 5), 'net.9.bias': zeros(3) };
    const model = loadModel(saved(tensors, { input_scale: '0.5' }));
    expect(model.widths).toEqual([5, 3, 2]);
    expect(model.inputScale).toBe(0.5);
    expect(model.layers.map(({ name, bias }) => [name, bias?.size])).toEqual([
      ['net.9', 3],
      ['net.10', undefined],
    ]);
  });

  it('takes a single layer without a prefix, and no metadata', () => {
    const model = loadModel(saved({ weight: zeros(4, 6) }));
    expect(model.widths).toEqual([6, 4]);
    expect(model.inputScale).toBeUndefined();
  });

  it.each([
    ['another name', { 'a.weight': zeros(1, 1), 'a.gamma': zeros(1) }, /tensor "a.gamma" is not named/],
    ['no tensors', {}, /it holds no tensors/],
    ['another type', { weight: Tensor.zeros('float16', [1, 1]) }, /tensor "weight" is float16, expected float32/],
    ['a bias alone', { 'a.bias': zeros(1) }, /layer "a" has a bias and no weight/],
    [
      'a weight of one dimension',
      { 'a.weight': zeros(3) },
      /the weight of layer "a" is \[3\], expected \[outputs, inputs\]/,
    ],
    ['a weight without outputs', { 'a.weight': zeros(0, 3) }, /the weight of layer "a" is \[0, 3\]/],
    [
      'a bias too long',
      { 'a.weight': zeros(2, 3), 'a.bias': zeros(3) },
      /the bias of layer "a" is \[3\], expected \[2\]/,
    ],
    [
      'layers that do not chain',
      { 'a.weight': zeros(2, 3), 'b.weight': zeros(2, 3) },
      /"b" takes 3 inputs, .* 2 outputs/,
    ],
    [
      'NaN',
      { weight: new Tensor('float32', Float32Array.of(Number.NaN), [1, 1]) },
      /"weight" has a value that is not finite/,
    ],
  ] as [string, Record<string, Tensor<StoredDType>>, RegExp][])('refuses %s', (_, tensors, fault) => {
    expect(() => loadModel(saved(tensors))).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
    expect(() => loadModel(file)).toThrow(fault);
    expect(() => loadModel(file)).toThrow(file);
  });

  it.each(['', 'x', '0', '-1', 'Infinity'])('refuses the input scale "%s"', (scale) => {
    expect(() => loadModel(saved({ weight: zeros(1, 1) }, { input_scale: scale }))).toThrow(
      /input_scale is .*, expected/,
    );
  });
});

describe('checkFits', () => {
  const model = { file, layers: [], widths: [4, 3], inputScale: undefined };
  it('accepts rows and labels that fit', () => {
    expect(() => checkFits(model, { source: 'x', width: 4, labels: Int32Array.of(0, 2) })).not.toThrow();
  });
  it('refuses other widths and labels', () => {
    expect(() => checkFits(model, { source: 'x', width: 5, labels: Int32Array.of(0) })).toThrow(
      /takes 4 features an image, x has 5/,
    );
    expect(() => checkFits(model, { source: 'x', width: 4, labels: Int32Array.of(3) })).toThrow(
      /classes 0 to 2, x has the label 3/,
    );
  });
});
