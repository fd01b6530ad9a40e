// Layers whose weights have scales in groups: bit for bit the order of operations that the class promises.
import { describe, expect, it } from 'vitest';
import { type QParams, QuantizedLinear, Tensor } from '../../lib';
import { type BlockScheme, type BlockType, dequantizeBlocks, quantizeWeight, roundToNearest } from '../../lib/weights';
import { expectSameBits } from '../reference/expectations';
import { forwardGrouped } from '../reference/grouped_layer';
import { Random } from '../reference/random';

type Shape = readonly [m: number, n: number, k: number, block: number];
/** Rows around a kernel's tile, columns and values beyond a panel and a step, tails of groups, groups beyond k. */
const SHAPES: Shape[] = [
  [1, 1, 1, 8],
  [1, 33, 100, 32],
  [7, 20, 64, 8],
  [40, 17, 130, 256],
];
const TYPES: BlockType[] = ['int4', 'uint4', 'int8', 'uint8'];

const random = new Random(5);
const params = (type: 'int8' | 'uint8', zeroPoint: number): QParams => ({
  ...{ type, scale: Float32Array.of(0.05), zeroPoint: Int32Array.of(zeroPoint) },
  granularity: 'tensor',
});
const OUTPUTS = ['float32', 'float16', params('int8', 5), params('uint8', 100)] as const;
const ACTIVATIONS = ['none', 'relu', 'gelu', 'silu', { clip: [-0.25, 0.75] }] as const;

function matrixOf([, n, k]: Shape) {
  return { data: random.float32(n * k), rows: n, columns: k };
}
const weightsOf = (shape: Shape, how: Pick<BlockScheme, 'type' | 'symmetric'>) =>
  roundToNearest(matrixOf(shape), { ...how, block: shape[3], clip: 'range' });

/** int8 weights with a scale for each output are those of another kernel. */
const isGrouped = (type: BlockType, [, , k, block]: Shape) => type.endsWith('4') || block < k;
const CASES = SHAPES.flatMap((shape) =>
  TYPES.flatMap((type) => [true, false].map((symmetric) => ({ shape, type, symmetric }))),
).filter(({ shape, type }) => isGrouped(type, shape));

describe.each(CASES)('$type, symmetric $symmetric, [m, n, k, group] $shape', ({ shape, type, symmetric }) => {
  const [m, n, k] = shape;
  const weights = weightsOf(shape, { type, symmetric });
  const [bias, x, added] = [random.float32(n), random.float32(m * k, 4), random.float32(m * n)];
  const residual = new Tensor('float32', added, [m, n]);

  it.each(OUTPUTS)('gives what its definition says: %o', async (output) => {
    for (const activation of ACTIVATIONS)
      for (const rows of [undefined, residual]) {
        using layer = QuantizedLinear.from({ weight: weights, bias }, { output, activation });
        const y = layer.forward(new Tensor('float32', x, [m, k]), rows === undefined ? {} : { residual: rows });
        const form =
          typeof output === 'string' ? null : { type: output.type, scale: 0.05, zeroPoint: output.zeroPoint[0]! };
        const model = { weights, bias, activation, output: output === 'float16' ? output : form };
        const expected = forwardGrouped(model, x, rows && added);
        expectSameBits(
          y.data,
          (y.data.constructor as Float32ArrayConstructor).from(expected),
          JSON.stringify(activation),
        );
        const options = rows === undefined ? {} : { residual: rows };
        const late = await layer.forwardAsync(new Tensor('float32', x, [m, k]), options);
        expectSameBits(late.data, y.data as Float32Array);
      }
  });

  it('describes its weights', () => {
    using layer = QuantizedLinear.from({ weight: weights });
    expect(layer).toMatchObject({
      ...{ inFeatures: k, outFeatures: n, bias: null, input: null, output: null, weightParams: null, inputScale: null },
      ...{ weightFormat: type.endsWith('4') ? 'int4' : 'int8', weightGroup: Math.min(shape[3], k) },
    });
  });
});

describe('8-bit weights with a scale for each output', () => {
  it.each([
    ['int8', true],
    ['int8', false],
    ['uint8', true],
    ['uint8', false],
  ] as const)('are those of the layer that %s, symmetric %s makes of floats', (type, symmetric) => {
    const shape: Shape = [3, 19, 40, 40];
    const weights = weightsOf(shape, { type, symmetric });
    const layer = QuantizedLinear.from({ weight: weights });
    const shift = type === 'uint8' ? 128 : 0;
    const zeroPoint = weights.zeroPoint.map((zero) => zero - shift);
    expect(layer.weightParams).toEqual({ type: 'int8', scale: weights.scale, zeroPoint, granularity: { axis: 0 } });
    const floats = new Tensor('float32', dequantizeBlocks(weights), [19, 40]);
    const x = new Tensor('float32', random.float32(3 * 40), [3, 40]);
    const same = QuantizedLinear.from({ weight: floats }).forward(x).data;
    layer.forward(x).data.forEach((value, i) => {
      expect(Math.abs(Number(value) - same[i]!)).toBeLessThan(0.05);
    });
  });
});

describe('float weights with a format', () => {
  const shape: Shape = [2, 24, 96, 32];
  const { data } = matrixOf(shape);
  const weight = new Tensor('float32', data, [24, 96]);
  const x = new Tensor('float32', random.float32(2 * 96), [2, 96]);

  it.each(['int4', 'uint4', 'int8', 'uint8'] as const)('are what quantizeWeight makes of them: %s', (format) => {
    const named = QuantizedLinear.from({ weight }, { weights: format }).forward(x);
    expect(QuantizedLinear.from({ weight }, { weights: { format } }).forward(x)).toEqual(named);
    expect(QuantizedLinear.from({ weight: quantizeWeight(weight, { format }) }).forward(x)).toEqual(named);
    const options = { format, group: 32, symmetric: false, clip: 'range' } as const;
    const found = QuantizedLinear.from({ weight }, { weights: options }).forward(x);
    expect(found).toEqual(QuantizedLinear.from({ weight: quantizeWeight(weight, options).weights }).forward(x));
    expect(found).not.toEqual(named);
  });

  it('take half a byte for a weight of 4 bits and four for a group, a whole one and nine for 8 bits in groups', () => {
    const wide = new Tensor('float32', random.float32(64 * 1024), [64, 1024]);
    const bytes = (options: object) => QuantizedLinear.from({ weight: wide }, options).byteLength;
    expect(bytes({ weights: 'int4' })).toBe(64 * (512 + 8 * 4));
    expect(bytes({ weights: { format: 'uint4', group: 128 } })).toBe(64 * (512 + 8 * 5));
    expect(bytes({ weights: { format: 'int8', group: 128 } })).toBe(64 * (1024 + 8 * 9));
  });

  it('approach the float layer as their bits say', () => {
    const exact = new Float64Array(2 * 24);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 24; j++)
        for (let p = 0; p < 96; p++) exact[i * 24 + j]! += x.data[i * 96 + p]! * data[j * 96 + p]!;
    const errorOf = (weights: object) => {
      const y = QuantizedLinear.from({ weight }, { weights: weights as { format: 'int4' } }).forward(x).data;
      return Math.sqrt(exact.reduce((sum, value, i) => sum + (Number(y[i]) - value) ** 2, 0) / exact.length);
    };
    const scale = Math.sqrt(exact.reduce((sum, value) => sum + value * value, 0) / exact.length);
    expect(errorOf({ format: 'int4', group: 32 })).toBeLessThan(0.15 * scale);
    expect(errorOf({ format: 'int8', group: 32 })).toBeLessThan(0.015 * scale);
  });
});
