// Layers of nf4, fp4 and 16-bit floats: bit for bit the order of operations that the class promises, and what is refused.
import { describe, expect, it } from 'vitest';
import { Linear, type QParams, QuantizedLinear, Tensor } from '../../lib';
import { bfloat16Bits, halfBits } from '../../lib/tensor/half_floats';
import { valuesOf } from '../../lib/tensor/small_floats';
import { type CodebookType, dequantizeWeight, encodeCodebook, quantizeWeight } from '../../lib/weights';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { codebookModel, type FloatWeightModel, forwardFloatWeights } from '../reference/float_weight_layer';
import { Random } from '../reference/random';

type Shape = readonly [m: number, n: number, k: number, block: number];
/** Rows around a kernel's tile, columns beyond a vector and a panel, values that are no multiple of a step or of a block. */
const SHAPES: Shape[] = [
  [1, 1, 1, 2],
  [1, 33, 100, 64],
  [7, 20, 64, 64],
  [40, 130, 6, 4],
];
const random = new Random(31);
const ACTIVATIONS = ['none', 'relu', 'gelu', { clip: [-0.25, 0.75] }] as const;
const OUTPUTS = ['float32', 'float16'] as const;
const bytes: QParams = {
  ...{ type: 'int8', scale: Float32Array.of(0.02), zeroPoint: Int32Array.of(5) },
  granularity: 'tensor',
};

const tensorOf = (data: Float32Array, ...dims: number[]) => new Tensor('float32', data, dims);

/** A layer for each activation, with and without a residual, against the model. */
async function check(
  [m, , k]: Shape,
  make: (options: object) => QuantizedLinear,
  model: (options: Pick<FloatWeightModel, 'activation' | 'output'>) => FloatWeightModel,
) {
  const x = random.float32(m * k, 4);
  for (const output of OUTPUTS)
    for (const activation of ACTIVATIONS) {
      using layer = make({ output, activation });
      const [added, reference] = [
        random.float32(m * layer.outFeatures),
        model({ activation, output: output === 'float32' ? null : output }),
      ];
      for (const residual of [undefined, added]) {
        const options = residual === undefined ? {} : { residual: tensorOf(residual, m, layer.outFeatures) };
        const y = layer.forward(tensorOf(x, m, k), options).data as Float32Array;
        const expected = forwardFloatWeights(reference, x, residual);
        expectSameBits(
          y,
          (y.constructor as Float32ArrayConstructor).from(expected),
          JSON.stringify([output, activation]),
        );
        expectSameBits((await layer.forwardAsync(tensorOf(x, m, k), options)).data, y);
      }
    }
}

describe.each(SHAPES.flatMap((shape) => (['nf4', 'fp4'] as const).map((type) => ({ shape, type }))))(
  '$type, [m, n, k, block] $shape',
  ({ shape, type }) => {
    const [, n, k, block] = shape;
    const matrix = { data: random.float32(n * k), rows: n, columns: k };
    const bias = random.float32(n);

    it.each([true, false])('gives what its definition says, double quantization %s', async (doubleQuantization) => {
      const weight = encodeCodebook(matrix, { type, block, doubleQuantization });
      const make = (options: object) => QuantizedLinear.from({ weight, bias }, options);
      await check(shape, make, (options) => codebookModel(weight, { bias, ...options }));
      expect(make({})).toMatchObject({ weightFormat: type, weightParams: null, inFeatures: k, outFeatures: n });
    });
  },
);

describe.each(SHAPES.flatMap((shape) => (['float16', 'bfloat16'] as const).map((type) => ({ shape, type }))))(
  '$type, [m, n, k, -] $shape',
  ({ shape, type }) => {
    const [m, n, k] = shape;
    const data = random.float32(n * k);
    const halves = Uint16Array.from(data, type === 'float16' ? halfBits : bfloat16Bits);
    const widened = Float32Array.from(halves, (half) => valuesOf(type)[half]!);

    it('gives what its definition says, which is what Linear gives with the weights as float32', async () => {
      const bias = random.float32(n);
      const weight = { type, dims: [n, k], data: halves } as const;
      const make = (options: object) => QuantizedLinear.from({ weight, bias }, options);
      const valueAt = (j: number, p: number) => widened[j * k + p]!;
      await check(shape, make, (options) => ({ bias, n, k, valueAt, ...options }));
      const x = tensorOf(random.float32(m * k, 4), m, k);
      expectSameBits(make({}).forward(x).data, new Linear(tensorOf(widened, n, k), bias).forward(x).data);
      expect(make({})).toMatchObject({ weightFormat: type, weightGroup: 0, weightParams: null });
      // float32 weights are rounded to the same.
      const rounded = QuantizedLinear.from({ weight: tensorOf(data, n, k), bias }, { weights: type });
      expect(rounded.forward(x)).toEqual(make({}).forward(x));
      expect(QuantizedLinear.from({ weight, bias }, { weights: { format: type } }).forward(x)).toEqual(
        rounded.forward(x),
      );
    });
  },
);

describe('weights of one format in another', () => {
  const [n, k] = [20, 64];
  const data = random.float32(n * k);
  const weight = tensorOf(data, n, k);
  const x = tensorOf(random.float32(3 * k), 3, k);

  it.each(['nf4', 'fp4'] as const)('are what quantizeWeight makes of floats: %s', (format) => {
    const named = QuantizedLinear.from({ weight }, { weights: format }).forward(x);
    expect(QuantizedLinear.from({ weight: quantizeWeight(weight, { format }) }).forward(x)).toEqual(named);
    const options = { format, group: 32, doubleQuantization: false } as const;
    const made = quantizeWeight(weight, options);
    const layer = QuantizedLinear.from({ weight }, { weights: options });
    expect(layer.weightGroup).toBe(32);
    expect(layer.forward(x)).toEqual(QuantizedLinear.from({ weight: made.weights }).forward(x));
    const exact = new Linear(tensorOf(dequantizeWeight(made), n, k)).forward(x).data;
    layer.forward(x).data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(exact[i]!, 5);
    });
  });

  it('widen halves before they are quantized, or rounded to other halves', () => {
    const halves = { type: 'float16', dims: [n, k], data: Uint16Array.from(data, halfBits) } as const;
    const widened = tensorOf(
      Float32Array.from(halves.data, (half) => valuesOf('float16')[half]!),
      n,
      k,
    );
    const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;
    for (const weights of ['int4', 'nf4', 'bfloat16', scheme] as const)
      expect(QuantizedLinear.from({ weight: halves }, { weights }).forward(x)).toEqual(
        QuantizedLinear.from({ weight: widened }, { weights }).forward(x),
      );
    expect(QuantizedLinear.from({ weight: halves }).weightFormat).toBe('float16');
  });

  it('take two bytes for a 16-bit float, half a byte and four for a block for codes', () => {
    const wide = tensorOf(random.float32(64 * 1024), 64, 1024);
    const bytesOf = (weights: 'nf4' | 'float16') => QuantizedLinear.from({ weight: wide }, { weights }).byteLength;
    expect(bytesOf('float16')).toBe(2 * 64 * 1024);
    expect(bytesOf('nf4')).toBe(64 * (512 + 16 * 4));
  });
});

describe('a layer of float weights refuses', () => {
  const [n, k] = [4, 64];
  const weight = tensorOf(random.float32(n * k), n, k);
  const made = encodeCodebook({ data: weight.data, rows: n, columns: k }, { type: 'nf4' });
  const nested = made.absmax as Exclude<typeof made.absmax, Float32Array>;
  type Code = 'ERR_DTYPE' | 'ERR_RANGE' | 'ERR_SHAPE' | 'ERR_UNSUPPORTED';
  const refused = (part: object, code: Code, message: RegExp) =>
    expectCode(() => QuantizedLinear.from({ weight: { ...made, ...part } as never }), code, message);

  it.each(['nf4', 'float16'] as const)('what needs integers: %s', (weights) => {
    const from = (options: object) => () => QuantizedLinear.from({ weight }, { weights, ...options });
    expectCode(from({ activations: bytes }), 'ERR_UNSUPPORTED', /static activations need int8 weights/);
    expectCode(from({ output: bytes }), 'ERR_UNSUPPORTED', /8-bit outputs need integer weights/);
  });

  it('codes that are malformed', () => {
    refused({ type: 'nf5' as CodebookType }, 'ERR_RANGE', /weight.type must be one of nf4, fp4/);
    refused({ rows: 5 }, 'ERR_SHAPE', /weight.absmax must hold 5 values|codes must hold/);
    refused({ codes: made.codes.subarray(1) }, 'ERR_SHAPE', /codes must hold/);
    refused({ codes: [...made.codes] }, 'ERR_DTYPE', /weight.codes must be a Uint8Array/);
    refused({ block: 0 }, 'ERR_RANGE', /weight.block/);
    refused({ absmax: new Float32Array(3) }, 'ERR_SHAPE', /weight.absmax must hold 4 values, got 3/);
    refused({ absmax: new Float32Array(4).fill(Number.NaN) }, 'ERR_RANGE', /absmax\[0\] must be finite/);
    refused({ absmax: null }, 'ERR_DTYPE', /weight.absmax must be/);
    refused({ absmax: { ...nested, codes: null } }, 'ERR_DTYPE', /absmax.codes/);
    refused({ absmax: { ...nested, scale: [1] } }, 'ERR_DTYPE', /absmax.scale/);
    refused({ absmax: { ...nested, map: null } }, 'ERR_DTYPE', /absmax.map/);
    refused({ absmax: { ...nested, offset: 'x' } }, 'ERR_DTYPE', /absmax.offset/);
    refused({ absmax: { ...nested, block: 0 } }, 'ERR_RANGE', /absmax.block/);
    refused({ absmax: { ...nested, map: new Float32Array(255) } }, 'ERR_SHAPE', /256 values/);
  });

  it('floats that do not fit', () => {
    const from = (value: number, weights: 'float16' | 'bfloat16') => () =>
      QuantizedLinear.from({ weight: tensorOf(Float32Array.of(1, value), 1, 2) }, { weights });
    expect(from(65_519, 'float16')().byteLength).toBeGreaterThan(0);
    for (const value of [65_520, Number.NaN, -Infinity])
      expectCode(from(value, 'float16'), 'ERR_RANGE', /finite as float16, got .* at index 1/);
    for (const value of [Number.NaN, Infinity]) expectCode(from(value, 'bfloat16'), 'ERR_RANGE', /finite as bfloat16/);
    const flat = { type: 'float16', dims: [4], data: new Uint16Array(4) } as const;
    expectCode(() => QuantizedLinear.from({ weight: flat }), 'ERR_SHAPE', /must be a matrix/);
    const short = { type: 'bfloat16', dims: [2, 2], data: new Uint16Array(3) } as const;
    expectCode(() => QuantizedLinear.from({ weight: short }), 'ERR_SHAPE', /length 4/);
  });

  it('calls when it was disposed of', async () => {
    for (const weights of ['nf4', 'bfloat16'] as const) {
      const layer = QuantizedLinear.from({ weight }, { weights });
      const x = tensorOf(new Float32Array(k), 1, k);
      expectCode(() => layer.forward(tensorOf(new Float32Array(60), 1, 60)), 'ERR_SHAPE', /64/);
      layer.dispose();
      expectCode(() => layer.forward(x), 'ERR_DISPOSED');
      await expectRejection(layer.forwardAsync(x), 'ERR_DISPOSED');
    }
  });
});
