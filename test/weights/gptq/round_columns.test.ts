// GPTQ column by column: a golden vector, what it promises whatever the panels, and channels without inputs.
import { expect, it } from 'vitest';
import { addon } from '../../../lib/addon';
import {
  chooseBlocks,
  dequantizeWeight,
  type FloatMatrix,
  GramMatrix,
  gptq,
  quantizeWeight,
} from '../../../lib/weights';
import { noise } from '../../onnx/micro_graph';

it('equals the golden vector of three columns and 3 bits', () => {
  const [weights, scale] = [Float32Array.of(0.9, -0.4, 0.3, -0.2, 0.7, -0.8), Float32Array.of(1.3 / 7, 1.5 / 7)];
  const [triangle, mean] = [Float64Array.of(2, 0.8, 0.3, 1.5, 0.5, 1), 4.5 / 3];
  const [factor, order, dead] = [new Float64Array(9), Int32Array.of(0, 1, 2), new Uint8Array(3)];
  const diagonal = Float64Array.of(2, 1.5, 1).map((value) => value + 0.01 * mean);
  addon.expandGram(order, triangle, diagonal, factor, 1);
  addon.inverseFactor(3, factor);
  const expected = [0.792794, -0.407563, -0.033553, 0, 0.887813, -0.437346, 0, 0, 0.992583];
  expected.forEach((value, i) => {
    expect(factor[i]).toBeCloseTo(value, 6);
  });
  const [codes, zeroPoint, rows] = [new Int16Array(6), Int32Array.of(2, 4), Int32Array.of(0, 2)];
  const settings = Float64Array.of(0, 0, 0, 1);
  addon.roundSteps(rows, weights, codes, factor, dead, scale, zeroPoint, Int32Array.of(3, 0, 7), order, settings);
  const real = Array.from(codes, (code, i) => (code - zeroPoint[Math.floor(i / 3)]!) * scale[Math.floor(i / 3)]!);
  const golden = [0.928571, -0.371429, 0.185714, -0.214286, 0.642857, -0.857143];
  golden.forEach((value, i) => {
    expect(real[i]).toBeCloseTo(value, 6);
  });
  expect(codes[2]).toBe(3); // 0.3 alone would be nearer to 4, 0.371429
});

const K = 300;

/** Inputs of K channels that depend on one another. */
function inputsOf(rows: number, seed: number): Float32Array {
  const [own, shared] = [noise(rows * K, seed), noise(rows * 3, seed + 1)];
  return own.map((value, i) => 0.3 * value + shared[3 * Math.floor(i / K) + (i % 3)]! * (1 + (i % 7)));
}

const gramOf = (data: Float32Array) => new GramMatrix(K).add({ type: 'float32', data, dims: [data.length / K, K] });

const weight: FloatMatrix = { data: noise(5 * K, 9), rows: 5, columns: K };

/** Column after column over the whole row, in the plainest way: no panels, no native code but for the scales of blocks. */
function oneByOne(gram: GramMatrix, group: number, late: boolean): Float32Array {
  const factor = plainFactor(gram);
  const scheme = { type: 'int4', block: group, symmetric: true } as const;
  const { scale } = chooseBlocks(weight, scheme);
  const result = new Float32Array(weight.data.length);
  for (let row = 0; row < weight.rows; row++) {
    const left = Float64Array.from(weight.data.subarray(row * K, (row + 1) * K));
    for (let i = 0; i < K; i++) {
      const at = row * Math.ceil(K / group) + Math.floor(i / group);
      if (late && i % group === 0) {
        const data = Float32Array.from(left.slice(i, i + group));
        scale[at] = chooseBlocks({ data, rows: 1, columns: data.length }, scheme).scale[0]!;
      }
      const code = Math.min(Math.max(nearestEven(left[i]! / scale[at]!), -8), 7);
      result[row * K + i] = code * scale[at]!;
      const error = (left[i]! - code * scale[at]!) / factor[i * K + i]!;
      for (let j = i; j < K; j++) left[j]! -= error * factor[i * K + j]!;
    }
  }
  return result;
}

const nearestEven = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

/** U of GPTQ's own words: Cholesky of H, the inverse by substitution, and Cholesky of that, upper. */
function plainFactor(gram: GramMatrix): Float64Array {
  const h = gram.toMatrix().map((value) => (2 / gram.rows) * value);
  const mean = Array.from({ length: K }, (_, i) => h[i * K + i]!).reduce((sum, value) => sum + value) / K;
  for (let i = 0; i < K; i++) h[i * K + i]! += 0.01 * mean;
  const lower = cholesky(h);
  const inverse = new Float64Array(K * K);
  for (let c = 0; c < K; c++) {
    const y = new Float64Array(K);
    for (let i = 0; i < K; i++) {
      let sum = i === c ? 1 : 0;
      for (let p = 0; p < i; p++) sum -= lower[i * K + p]! * y[p]!;
      y[i] = sum / lower[i * K + i]!;
    }
    for (let i = K - 1; i >= 0; i--) {
      let sum = y[i]!;
      for (let p = i + 1; p < K; p++) sum -= lower[p * K + i]! * inverse[p * K + c]!;
      inverse[i * K + c] = sum / lower[i * K + i]!;
    }
  }
  const factor = cholesky(inverse);
  return factor.map((_, at) => factor[(at % K) * K + Math.floor(at / K)]!);
}

/** L with L Lᵀ = the matrix. */
function cholesky(matrix: Float64Array): Float64Array {
  const result = new Float64Array(K * K);
  for (let i = 0; i < K; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * K + j]!;
      for (let p = 0; p < j; p++) sum -= result[i * K + p]! * result[j * K + p]!;
      result[i * K + j] = i === j ? Math.sqrt(sum) : sum / result[j * K + j]!;
    }
  return result;
}

it.each([37, 100, 150, 200, 300])('as published gives what a loop over columns does: groups of %i', (group) => {
  const gram = gramOf(inputsOf(500, 1));
  const weightsOf = (staticGroups: boolean) => {
    const method = gptq({ actOrder: false, staticGroups, candidates: 1, sweeps: 0 });
    return dequantizeWeight(quantizeWeight(weight, { group, method, gram }));
  };
  expect(weightsOf(true)).toEqual(oneByOne(gram, group, false));
  expect(weightsOf(false)).toEqual(oneByOne(gram, group, true));
});

it('candidates and sweeps lower the error on the inputs that they see, each further', () => {
  const gram = gramOf(inputsOf(500, 1));
  for (const format of ['int4', 'uint4', 'int8', 'nf4', 'fp4'] as const) {
    const group = format === 'nf4' ? 64 : 50;
    const errorOf = (options: Parameters<typeof gptq>[0]) =>
      quantizeWeight(weight, { format, group, method: gptq(options), gram }).outputError!;
    const plain = errorOf({ candidates: 1, sweeps: 0 });
    const swept = errorOf({ candidates: 1, sweeps: 1 });
    expect(swept, format).toBeLessThan(plain);
    expect(errorOf({ candidates: 1, sweeps: 5 }), format).toBeLessThanOrEqual(swept);
    if (format.includes('int')) expect(errorOf({ candidates: 17, sweeps: 0 }), format).toBeLessThan(plain);
  }
});

it.each([
  ['int4', 32],
  ['uint4', 100],
  ['int4', 200],
  ['uint4', 'channel'],
  ['int8', 64],
  ['nf4', 64],
  ['fp4', 50],
] as const)('errs less than the nearest levels on inputs it has not seen: %s, group %s', (format, group) => {
  const [seen, held] = [gramOf(inputsOf(500, 1)), gramOf(inputsOf(200, 5))];
  const errorOf = (method: Parameters<typeof quantizeWeight>[1]) => {
    const weights = dequantizeWeight(quantizeWeight(weight, { format, group, gram: seen, ...method }));
    const rounded = weights as Float32Array<ArrayBuffer>;
    return quadratic(
      rounded.map((value, i) => value - weight.data[i]!),
      held,
    );
  };
  const nearest = errorOf({ method: 'nearest' });
  for (const actOrder of [true, false])
    expect(nearest / errorOf({ method: gptq({ actOrder }) }), `act-order ${actOrder}`).toBeGreaterThan(2);
  if (format === 'int4' && group !== 200)
    expect(nearest / errorOf({ method: gptq({ actOrder: false, staticGroups: false }) })).toBeGreaterThan(2);
});

function quadratic(errors: Float32Array, gram: GramMatrix): number {
  const matrix = gram.toMatrix();
  let sum = 0;
  for (let row = 0; row < errors.length / K; row++)
    for (let i = 0; i < K; i++)
      for (let j = 0; j < K; j++) sum += errors[row * K + i]! * matrix[i * K + j]! * errors[row * K + j]!;
  return sum;
}

it('gives channels without inputs a weight of 0, and the others what they have without these', () => {
  const inputs = inputsOf(500, 1).map((value, i) => (i % K === 7 || i % K === 290 ? 0 : value));
  const result = quantizeWeight(weight, { format: 'uint4', group: 50, method: 'gptq', gram: gramOf(inputs) });
  const real = dequantizeWeight(result);
  for (let row = 0; row < weight.rows; row++) {
    expect(real[row * K + 7]).toBe(0);
    expect(real[row * K + 290]).toBe(0);
  }
  expect(result.outputError).toBeLessThan(0.01);
  const nothing = quantizeWeight(weight, { method: 'gptq', gram: gramOf(new Float32Array(2 * K)) });
  expect(dequantizeWeight(nothing).every((value) => value === 0)).toBe(true);
});

it('refuses what cannot be', () => {
  const few = gramOf(inputsOf(3, 1));
  const code = (expected: string) => expect.objectContaining({ code: expected });
  expect(() => quantizeWeight(weight, { method: gptq({ damping: 0 }), gram: few })).toThrow(/raise the damping/);
  expect(() => quantizeWeight(weight, { method: 'gptq' })).toThrow(/GramMatrix/);
  expect(() => quantizeWeight(weight, { method: 'gptq', gram: new GramMatrix(K) })).toThrow(/no inputs/);
  expect(() => quantizeWeight(weight, { method: 'gptq', gram: new GramMatrix(4) })).toThrow(code('ERR_SHAPE'));
  expect(() => gptq({ damping: -1 })).toThrow(code('ERR_RANGE'));
  expect(() => gptq({ damping: '1' as never })).toThrow(code('ERR_DTYPE'));
  expect(() => gptq({ actOrder: true, staticGroups: false })).toThrow(/staticGroups/);
});
