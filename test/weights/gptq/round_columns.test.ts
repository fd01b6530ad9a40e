// GPTQ column by column: a golden vector, what it promises whatever the panels, and channels without inputs.
import { expect, it } from 'vitest';
import { dequantizeWeight, type FloatMatrix, GramMatrix, gptq, quantizeWeight } from '../../../lib/weights';
import { dampen } from '../../../lib/weights/gptq/hessian';
import { inverseFactor } from '../../../lib/weights/gptq/inverse_factor';
import { roundColumns } from '../../../lib/weights/gptq/round_columns';
import { BlockLevels } from '../../../lib/weights/levels';
import { noise } from '../../onnx/micro_graph';

it('equals the golden vector of three columns and 3 bits', () => {
  const data = Float64Array.of(0.9, -0.4, 0.3, -0.2, 0.7, -0.8);
  const hessian = Float64Array.of(2, 0.8, 0.3, 0.8, 1.5, 0.5, 0.3, 0.5, 1);
  const { matrix, order, dead } = dampen(3, (i, j) => hessian[3 * i + j]!, { damping: 0.01, actOrder: false });
  const factor = inverseFactor(matrix, 3);
  const expected = [0.792794, -0.407563, -0.033553, 0, 0.887813, -0.437346, 0, 0, 0.992583];
  expected.forEach((value, i) => {
    expect(factor[i]).toBeCloseTo(value, 6);
  });
  // All in double, as the vector was made: scales of 7 steps from the least to the largest weight of a row.
  const scale = Float64Array.of(1.3 / 7, 1.5 / 7) as unknown as Float32Array;
  const parameters = { type: 'uint4', rows: 2, columns: 3, block: 3, scale, zeroPoint: Int32Array.of(2, 4) } as const;
  const levels = new BlockLevels(parameters, { low: 0, high: 7, symmetric: false, search: false });
  const weights = { data: data as unknown as Float32Array, rows: 2, columns: 3 };
  const codes = roundColumns({ matrix: weights, hessian: { factor, order, dead }, levels, refit: false });
  const real = Array.from(codes, (code, i) => levels.weightOf(Math.floor(i / 3), i % 3, code));
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

/** Column after column over the whole row, without panels. */
function oneByOne(gram: GramMatrix, levels: BlockLevels, refitBlock?: number): Float32Array {
  const mean = (i: number, j: number) => (2 / gram.rows) * gram.at(i, j);
  const { matrix } = dampen(K, mean, { damping: 0.01, actOrder: false });
  const factor = inverseFactor(matrix, K);
  const result = new Float32Array(weight.data.length);
  for (let row = 0; row < weight.rows; row++) {
    const left = Float64Array.from(weight.data.subarray(row * K, (row + 1) * K));
    for (let i = 0; i < K; i++) {
      if (refitBlock !== undefined && i % refitBlock === 0) levels.refit(row, i, left.slice(i, i + refitBlock));
      const real = levels.weightOf(row, i, levels.codeOf(row, i, left[i]!));
      result[row * K + i] = real;
      const error = (left[i]! - real) / factor[i * K + i]!;
      for (let j = i; j < K; j++) left[j]! -= error * factor[i * K + j]!;
    }
  }
  return result;
}

it.each([37, 100, 150, 200, 300])('gives the same weights, to the bit, whatever the panels: groups of %i', (group) => {
  const gram = gramOf(inputsOf(500, 1));
  const scheme = { type: 'int4', block: group, symmetric: true } as const;
  const weightsOf = (staticGroups: boolean) => {
    const method = gptq({ actOrder: false, staticGroups });
    return dequantizeWeight(quantizeWeight(weight, { group, method, gram }));
  };
  expect(weightsOf(true)).toEqual(oneByOne(gram, BlockLevels.of(weight, scheme)));
  expect(weightsOf(false)).toEqual(oneByOne(gram, BlockLevels.of(weight, scheme), group));
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
