// Figures of a reference implementation in numpy, on its own random numbers: relative errors of GPTQ, AWQ, SmoothQuant and HQQ.
import { beforeAll, describe, expect, it } from 'vitest';
import {
  awq,
  dequantizeBlocks,
  dequantizeWeight,
  type FloatMatrix,
  GramMatrix,
  gptq,
  outputError,
  quantizeWeight,
  raiseColumnMaxima,
  roundToNearest,
  smoothingFactors,
} from '../../lib/weights';
import { bestScale } from '../../lib/weights/awq';
import { NumpyRandom } from './numpy_random';

interface Data {
  readonly correlated: { readonly weight: FloatMatrix; readonly gram: GramMatrix };
  readonly salient: { readonly weight: FloatMatrix; readonly inputs: FloatMatrix; readonly gram: GramMatrix };
  readonly outliers: FloatMatrix;
}

const matrixOf = (data: ArrayLike<number>, columns: number): FloatMatrix => ({
  data: Float32Array.from(data),
  rows: data.length / columns,
  columns,
});

const gramOf = ({ data, rows, columns }: FloatMatrix) =>
  new GramMatrix(columns).add({ type: 'float32', data, dims: [rows, columns] });

/** Inputs whose channels are mixtures of others, some much larger: x = Aᵀ D z. */
function correlatedInputs(random: NumpyRandom): FloatMatrix {
  const [k, n] = [128, 2048];
  const mixing = random.normals(k * k).map((value, i) => value * (Math.floor(i / k) + 1) ** -0.5);
  const sizes = random.lognormals(k);
  const z = random.normals(k * n);
  const x = new Float64Array(n * k);
  for (let p = 0; p < k; p++)
    for (let s = 0; s < n; s++) {
      const value = sizes[p]! * z[p * n + s]!;
      for (let j = 0; j < k; j++) x[s * k + j]! += mixing[p * k + j]! * value;
    }
  return matrixOf(x, k);
}

let data: Data;
beforeAll(() => {
  const random = new NumpyRandom();
  const weight = matrixOf(random.normals(64 * 128), 128);
  const gram = gramOf(correlatedInputs(random));
  const inputs = matrixOf(
    random.normals(512 * 128).map((value, i) => (i % 128 < 3 ? 30 * value : value)),
    128,
  );
  const salient = { weight: matrixOf(random.normals(64 * 128), 128), inputs, gram: gramOf(inputs) };
  const values = random.normals(4096 * 64);
  const outliers = matrixOf(
    values.map((value) => (random.random() < 0.01 ? 4 * value : value)),
    64,
  );
  data = { correlated: { weight, gram }, salient, outliers };
});

describe('GPTQ on correlated inputs, 4 bits asymmetric', () => {
  const errorOf = (method: Parameters<typeof quantizeWeight>[1], group: number) =>
    quantizeWeight(data.correlated.weight, {
      format: 'uint4',
      group,
      clip: 'range',
      gram: data.correlated.gram,
      ...method,
    }).outputError!;

  it.each([
    [128, 0.011125, 0.000793, 0.000659],
    [32, 0.006406, 0.000592, 0.000444],
  ])('groups of %i', (group, nearest, plain, ordered) => {
    expect(errorOf({ method: 'nearest' }, group)).toBeCloseTo(nearest, 5);
    const published = { candidates: 1, sweeps: 0 };
    expect(errorOf({ method: gptq({ ...published, actOrder: false }) }, group)).toBeCloseTo(plain, 5);
    expect(errorOf({ method: gptq(published) }, group)).toBeCloseTo(ordered, 5);
    const found = errorOf({ method: 'gptq' }, group);
    expect(found).toBeLessThan(ordered);
    expect(nearest / found).toBeGreaterThan(5);
  });

  it('chooses scales of groups late as well', () => {
    const late = errorOf({ method: gptq({ actOrder: false, staticGroups: false }) }, 32);
    expect(late).toBeLessThan(0.0008);
    expect(late).not.toBe(errorOf({ method: gptq({ actOrder: false }) }, 32));
  });
});

it('AWQ: 2.96 times less error where three channels are 30 times larger, at the exponent 0.4', () => {
  const { weight, gram } = data.salient;
  const scheme = { type: 'uint4', block: 32, symmetric: false, clip: 'range' } as const;
  const { exponent, error, plainError } = bestScale(weight, scheme, gram, 20);
  expect(exponent).toBe(0.4);
  expect(plainError / 64).toBeCloseTo(18.654, 2);
  expect(plainError / error).toBeCloseTo(2.96, 2);
  const options = { format: 'uint4', group: 32, gram } as const;
  const unclipped = quantizeWeight(weight, { ...options, method: awq({ clip: false }) }).outputError!;
  const clipped = quantizeWeight(weight, { ...options, method: 'awq' }).outputError!;
  expect(clipped).toBeLessThan(unclipped);
});

/** Rounded to 8 bits, a scale for each row. */
function roundRows({ data: values, rows, columns }: FloatMatrix): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * columns, (row + 1) * columns);
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    part.forEach((value, i) => {
      result[row * columns + i] = Math.round(value / scale) * scale;
    });
  }
  return result;
}

const scaled = ({ data: values, rows, columns }: FloatMatrix, factors: ArrayLike<number>): FloatMatrix => ({
  data: values.map((value, i) => value * factors[i % columns]!),
  rows,
  columns,
});

/** |X Wᵀ - Y| / |Y| for the products Y of the matrices as they came. */
function productError(x: Float64Array, w: Float64Array, inputs: FloatMatrix, weight: FloatMatrix): number {
  const k = weight.columns;
  let [noise, signal] = [0, 0];
  for (let s = 0; s < inputs.rows; s++)
    for (let o = 0; o < weight.rows; o++) {
      let [found, real] = [0, 0];
      for (let i = 0; i < k; i++) {
        found += x[s * k + i]! * w[o * k + i]!;
        real += inputs.data[s * k + i]! * weight.data[o * k + i]!;
      }
      noise += (found - real) ** 2;
      signal += real ** 2;
    }
  return Math.sqrt(noise / signal);
}

it.each([
  [0.5, 0.00658],
  [0.85, 0.01314],
])('SmoothQuant: 8 bits on both sides, alpha %f', (alpha, expected) => {
  const { inputs, weight } = data.salient;
  const [activations, weights] = [new Float32Array(128), new Float32Array(128)];
  raiseColumnMaxima(activations, inputs.data);
  raiseColumnMaxima(weights, weight.data);
  expect(data.salient.gram.absmax).toEqual(activations);
  const factors = smoothingFactors(activations, weights, { alpha });
  const inverse = factors.map((factor) => 1 / factor);
  const [x, w] = [roundRows(scaled(inputs, inverse)), roundRows(scaled(weight, factors))];
  expect(productError(x, w, inputs, weight)).toBeCloseTo(expected, 4);
  expect(productError(roundRows(inputs), roundRows(weight), inputs, weight)).toBeCloseTo(0.02244, 4);
});

it('HQQ: 4 bits in groups of 64, one weight in a hundred an outlier', () => {
  const mse = (values: Float32Array) =>
    values.reduce((sum, value, i) => sum + (value - data.outliers.data[i]!) ** 2, 0) / values.length;
  const result = quantizeWeight(data.outliers, { format: 'uint4', group: 64, method: 'hqq' });
  expect(mse(dequantizeWeight(result))).toBeCloseTo(0.0114, 4);
  const range = { type: 'uint4', block: 64, symmetric: false, clip: 'range' } as const;
  expect(mse(dequantizeBlocks(roundToNearest(data.outliers, range)))).toBeGreaterThan(0.01246);
});

it('the error of outputs is that of the products', () => {
  const { weight, inputs, gram } = data.salient;
  const rounded = dequantizeBlocks(roundToNearest(weight, { type: 'int4', block: 32, symmetric: true }));
  const real = productError(Float64Array.from(inputs.data), Float64Array.from(rounded), inputs, weight);
  expect(outputError(weight, rounded, gram) / real ** 2).toBeCloseTo(1, 4);
});
