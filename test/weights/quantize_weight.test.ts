// The one door to formats and methods: what each combination gives, takes and refuses.
import { expect, it } from 'vitest';
import { Tensor } from '../../lib/tensor';
import {
  awq,
  dequantizeWeight,
  GramMatrix,
  hqq,
  type QuantizeWeightOptions,
  quantizeWeight,
  roundNearest,
  weightSize,
} from '../../lib/weights';
import { noise } from '../onnx/micro_graph';

const [ROWS, K] = [12, 150];
const weight = new Tensor('float32', noise(ROWS * K, 4), [ROWS, K]);
const gram = new GramMatrix(K).add({
  type: 'float32',
  data: noise(400 * K, 6).map((value, i) => value * (i % 9 === 0 ? 8 : 1)),
  dims: [400, K],
});

/** 10 log10 of the weights' squares over those of their errors. */
function sqnr(values: Float32Array): number {
  let [signal, error] = [0, 0];
  values.forEach((value, i) => {
    signal += weight.data[i]! ** 2;
    error += (weight.data[i]! - value) ** 2;
  });
  return 10 * Math.log10(signal / error);
}

const FORMATS = ['int4', 'uint4', 'int8', 'uint8', 'nf4', 'fp4'] as const;

it.each(FORMATS.flatMap((format) => [32, 64, 128, 'channel' as const].map((group) => ({ format, group }))))(
  'every method keeps weights close: $format, group $group',
  ({ format, group }) => {
    for (const method of ['nearest', 'hqq', 'gptq', 'awq'] as const) {
      if (method === 'hqq' && !format.startsWith('u')) continue;
      const result = quantizeWeight(weight, { format, group, method, gram });
      expect([result.format, result.method]).toEqual([format, method]);
      expect(sqnr(dequantizeWeight(result)), method).toBeGreaterThan(format.endsWith('8') ? 35 : 13);
      expect(result.outputError, method).toBeLessThan(format.endsWith('8') ? 3e-4 : 0.05);
      expect(result.size).toEqual(weightSize(result.weights));
      expect(result.inputScale === undefined).toBe(method !== 'awq');
    }
  },
);

it('counts bytes', () => {
  const bitsOf = (options: QuantizeWeightOptions) => {
    const { size } = quantizeWeight(Tensor.zeros('float32', [256, 1024]), options);
    expect(size.bytes).toBe(size.valueBytes + size.parameterBytes);
    return size.bitsPerWeight;
  };
  expect(bitsOf({})).toBe(4 + 32 / 128);
  expect(bitsOf({ group: 32 })).toBe(5);
  expect(bitsOf({ format: 'int8' })).toBe(8 + 32 / 1024);
  expect(bitsOf({ format: 'nf4', doubleQuantization: false })).toBe(4.5);
  expect(bitsOf({ format: 'nf4' })).toBeCloseTo(4.127, 3);
  for (const format of FORMATS)
    expect(quantizeWeight(weight, { format, method: 'gptq', gram }).size).toEqual(
      quantizeWeight(weight, { format }).size,
    );
  const asymmetric = quantizeWeight(weight, { format: 'uint4', group: 50 }).size;
  expect([asymmetric.valueBytes, asymmetric.parameterBytes]).toEqual([900, 36 * 4 + 18]);
  const real = quantizeWeight(weight, { format: 'uint4', group: 50, method: 'hqq' }).size;
  expect(real.parameterBytes).toBe(36 * 4 + 18 + 36 * 4);
});

it('has defaults: int4, groups of 128, the nearest level, no error without inputs', () => {
  const result = quantizeWeight(weight);
  expect(result).toMatchObject({ format: 'int4', method: 'nearest', outputError: undefined });
  expect(result.weights).toMatchObject({ type: 'int4', block: 128, rows: ROWS, columns: K });
  expect(quantizeWeight(weight, { format: 'int8' }).weights).toMatchObject({ block: K });
  expect(quantizeWeight(weight, { format: 'fp4' }).weights).toMatchObject({ block: 64 });
});

it('takes matrices, strided rows, and methods as objects', () => {
  const matrix = { data: weight.data, rows: ROWS, columns: K };
  const { weights } = quantizeWeight(weight);
  expect(quantizeWeight(matrix, { method: roundNearest() }).weights).toEqual(weights);
  const wide = new Float32Array(ROWS * (K + 3)).fill(Number.NaN);
  for (let row = 0; row < ROWS; row++) wide.set(weight.data.subarray(row * K, (row + 1) * K), row * (K + 3));
  const strided = { type: 'float32', data: wide, dims: [ROWS, K], strides: [K + 3, 1] } as const;
  expect(quantizeWeight(strided).weights).toEqual(weights);
  const own = { name: 'mine', needsGram: false, quantize: roundNearest().quantize };
  expect(quantizeWeight(matrix, { method: own }).method).toBe('mine');
});

it('HQQ keeps constant blocks, and values far from 0, which integers as zero points could not', () => {
  const data = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 5 : 100 + i / 16));
  const result = quantizeWeight({ data, rows: 2, columns: 32 }, { format: 'uint4', group: 32, method: 'hqq' });
  dequantizeWeight(result).forEach((value, i) => {
    expect(Math.abs(value - data[i]!)).toBeLessThan(i < 32 ? 1e-6 : 0.1);
  });
});

it('AWQ leaves channels without inputs as they are', () => {
  const inputs = noise(50 * K, 2).map((value, i) => (i % K === 3 ? 0 : value));
  const dead = new GramMatrix(K).add({ type: 'float32', data: inputs, dims: [50, K] });
  const { inputScale, weights } = quantizeWeight(weight, { method: awq({ exponents: 4 }), gram: dead });
  expect(inputScale![3]).toBe(1);
  expect(inputScale).toHaveLength(K);
  expect(weights.columns).toBe(K);
});

it.each([
  [{ format: 'int3' }, 'ERR_RANGE'],
  [{ group: 0 }, 'ERR_RANGE'],
  [{ group: 'row' }, 'ERR_DTYPE'],
  [{ method: 'best' }, 'ERR_RANGE'],
  [{ method: 3 }, 'ERR_DTYPE'],
  [{ method: 'awq' }, 'ERR_RANGE'],
  [{ gram: {} }, 'ERR_DTYPE'],
  [{ gram: new GramMatrix(4) }, 'ERR_SHAPE'],
  [{ format: 'nf4', symmetric: true }, 'ERR_RANGE'],
  [{ format: 'nf4', clip: 'mse' }, 'ERR_RANGE'],
  [{ format: 'nf4', group: 33 }, 'ERR_RANGE'],
  [{ format: 'int4', doubleQuantization: true }, 'ERR_RANGE'],
  [{ format: 'nf4', method: 'hqq' }, 'ERR_UNSUPPORTED'],
  [{ format: 'int4', method: 'hqq' }, 'ERR_UNSUPPORTED'],
  [3, 'ERR_DTYPE'],
])('refuses the options %o', (options, code) => {
  expect(() => quantizeWeight(weight, options as never)).toThrow(expect.objectContaining({ code }));
});

it.each([
  [() => quantizeWeight(undefined as never), 'ERR_DTYPE'],
  [() => quantizeWeight(Tensor.zeros('float32', [4])), 'ERR_SHAPE'],
  [() => quantizeWeight(Tensor.zeros('float32', [0, 4])), 'ERR_SHAPE'],
  [() => quantizeWeight(new Tensor('float32', Float32Array.of(Number.NaN), [1, 1])), 'ERR_RANGE'],
  [() => hqq({ p: 0 }), 'ERR_RANGE'],
  [() => hqq({ iterations: 0 }), 'ERR_RANGE'],
  [() => hqq({ beta: '1' as never }), 'ERR_DTYPE'],
  [() => awq({ exponents: 0 }), 'ERR_RANGE'],
  [() => awq({ clip: 1 as never }), 'ERR_DTYPE'],
])('refuses what is malformed: %#', (call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
