import { describe, expect, it } from 'vitest';
import type { Model } from '../../lib/demo/load_model';
import { createFloatNetwork, createInt8Network } from '../../lib/demo/networks';
import { Random } from '../../lib/statistics';
import { Tensor } from '../../lib/tensor';

const random = new Random(42);
const normals = (...dims: number[]): Tensor<'float32'> => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return new Tensor(
    'float32',
    Float32Array.from({ length: count }, () => random.normal()),
    dims,
  );
};

const model: Model = {
  file: 'memory',
  layers: [
    { name: 'a', weight: normals(16, 20), bias: normals(16) },
    { name: 'b', weight: normals(9, 16), bias: undefined },
    { name: 'c', weight: normals(5, 9), bias: normals(5) },
  ],
  widths: [20, 16, 9, 5],
  inputScale: undefined,
};
const features = normals(7, 20);

/** The definition: plain loops in double. */
function expected(): number[] {
  let x = Array.from({ length: 7 }, (_, row) => [...features.data.subarray(20 * row, 20 * (row + 1))]);
  model.layers.forEach(({ weight, bias }, i) => {
    const [outputs = 0, inputs = 0] = weight.dims;
    x = x.map((row) =>
      Array.from({ length: outputs }, (_, j) => {
        const sum = row.reduce(
          (total, value, k) => total + value * (weight.data[j * inputs + k] ?? 0),
          bias?.data[j] ?? 0,
        );
        return i < 2 ? Math.max(sum, 0) : sum;
      }),
    );
  });
  return x.flat();
}

/** Largest difference, as a share of the largest expected value. */
function errorOf(logits: Tensor<'float32'>): number {
  expect(logits.dims).toEqual([7, 5]);
  const values = expected();
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - (logits.data[i] ?? Number.NaN)))) / largest;
}

describe('networks', () => {
  it('float32 computes the layers with ReLU between them', () => {
    expect(errorOf(createFloatNetwork(model).forward(features))).toBeLessThan(1e-5);
  });

  it.each([
    ['dynamic', undefined],
    ['static', features],
  ])('int8 with %s activations comes within 3 %%, and is not float32 in disguise', (_, calibration) => {
    const error = errorOf(createInt8Network(model, calibration).forward(features));
    expect(error).toBeLessThan(0.03);
    expect(error).toBeGreaterThan(1e-4);
  });

  it('count their bytes: four a weight, or one and a scale an output', () => {
    const weights = 20 * 16 + 16 * 9 + 9 * 5;
    expect(createFloatNetwork(model).bytes).toBe(4 * (weights + 16 + 5));
    expect(createInt8Network(model).bytes).toBe(weights + 4 * (16 + 9 + 5) + 4 * (16 + 5));
  });

  it('leave their input as it was', () => {
    const copy = features.data.slice();
    createFloatNetwork(model).forward(features);
    createInt8Network(model, features).forward(features);
    expect(features.data).toEqual(copy);
  });
});
