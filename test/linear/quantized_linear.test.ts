import { describe, expect, it } from 'vitest';
import {
  chooseParams,
  type LayerOutput,
  Linear,
  type OutputOf,
  type QParams,
  QuantizedLinear,
  type QuantizedLinearOptions,
  QuantizedTensor,
  quantize,
  type Scheme,
  Tensor,
} from '../../lib';
import { expectSameBits } from '../reference/expectations';
import { forwardModel, type LayerModel, type TensorScale } from '../reference/quantized_layer';
import { Random } from '../reference/random';

const WEIGHTS: Record<string, Scheme> = {
  'symmetric per tensor': { type: 'int8', symmetric: true, granularity: 'tensor' },
  'symmetric per channel': { type: 'int8', symmetric: true, granularity: { axis: 0 } },
  'asymmetric per tensor': { type: 'int8', symmetric: false, granularity: 'tensor' },
  'asymmetric per channel': { type: 'int8', symmetric: false, granularity: { axis: -2 } },
};
const ACTIVATIONS = [
  undefined,
  'none',
  'relu',
  { clip: [-0.75, 1.5] },
  { clip: [-Infinity, 0.1] },
  { clip: [-Infinity, -Infinity] },
  'relu6',
  'gelu',
  'geluTanh',
  'silu',
] as const;
const TYPES = ['float32', 'float16', 'int8', 'uint8'] as const;
const isFloat = (type: (typeof TYPES)[number]): type is 'float32' | 'float16' => type.startsWith('float');

function paramsFor(type: 'int8' | 'uint8', size: number): QParams {
  return chooseParams({ min: -size, max: size * 0.7 }, { type, symmetric: false, granularity: 'tensor' });
}

const scaleOf = (params: QParams | null): TensorScale | null =>
  params === null ? null : { type: params.type, scale: params.scale[0]!, zeroPoint: params.zeroPoint[0]! };

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly bias: boolean;
  readonly residual?: boolean;
  readonly options: QuantizedLinearOptions;
}

/** A layer and the step-by-step model of it. */
function build(random: Random, { n, k, bias: withBias, options }: Case): { layer: QuantizedLinear; model: LayerModel } {
  const weight = random.float32(n * k, 0.5).map((w) => w + 0.1);
  const bias = withBias ? random.float32(n, 1) : null;
  const layer = QuantizedLinear.from({ weight: Tensor.from(weight, [n, k]), bias }, options);
  const { scale, zeroPoint } = layer.weightParams!;
  const model = {
    ...{ weight, n, k, scale, zeroPoint, bias },
    input: scaleOf(layer.input),
    output: layer.outputType === 'float16' ? layer.outputType : scaleOf(layer.output),
    activation: options.activation,
  };
  return { layer, model };
}

function checkOutput(y: OutputOf<LayerOutput>, expected: number[], { m, n, options }: Case): void {
  expect(y.dims).toEqual([m, n]);
  if (y instanceof QuantizedTensor) {
    expect(y.params).toEqual(options.output);
    expectSameBits(y.data, y.type === 'int8' ? Int8Array.from(expected) : Uint8Array.from(expected));
    // As many different values as a useful output has: neither all clipped nor all alike.
    if (m * n > 50 && options.activation === undefined) expect(new Set(y.data).size).toBeGreaterThan(20);
  } else {
    expectSameBits(y.data, y.type === 'float16' ? Uint16Array.from(expected) : Float32Array.from(expected));
  }
}

/** float32 rows, and for static activations their bytes: the same results, bit for bit, as the step-by-step model. */
async function check(random: Random, one: Case): Promise<void> {
  const { m, n, k, options } = one;
  const { layer, model } = build(random, one);
  const x = Tensor.from(random.float32(m * k, 2), [m, k]);
  const residual = one.residual ? Tensor.from(random.float32(m * n, 2), [m, n]) : undefined;
  const along = residual && { residual: residual.data };
  const expected = forwardModel(model, { x: x.data, m, ...along });
  checkOutput(layer.forward(x, residual && { residual }), expected, one);
  checkOutput(await layer.forwardAsync(x, residual && { residual }), expected, one);
  if (typeof options.activations === 'object') {
    const q = quantize(x, options.activations);
    expect(forwardModel(model, { x: q.data, m, ...along })).toEqual(expected);
    checkOutput(layer.forward(q, residual && { residual }), expected, one);
    checkOutput(await layer.forwardAsync(q, residual && { residual }), expected, one);
  }
  layer.dispose();
}

describe.each(TYPES)('a layer with %s output is its step-by-step definition, bit for bit', (output) => {
  describe.each([['dynamic'], ['int8'], ['uint8']] as const)('%s activations', (input) => {
    it.each(Object.keys(WEIGHTS))('%s weights', async (weights) => {
      const random = new Random(61);
      for (const activation of ACTIVATIONS)
        for (const bias of [false, true])
          await check(random, {
            ...{ m: 7, n: 19, k: 23, bias, residual: random.next() < 0.3 },
            options: {
              weights: WEIGHTS[weights]!,
              activations: input === 'dynamic' ? input : paramsFor(input, 1.9),
              output: isFloat(output) ? output : paramsFor(output, 3),
              ...(activation === undefined ? {} : { activation: activation as never }),
            },
          });
    });
  });
});

describe('shapes around the kernels’ tiles', () => {
  const SIZES = [0, 1, 3, 5, 14, 15, 16, 17, 31, 32, 33];

  it.each(SIZES)('m = %i', async (m) => {
    const random = new Random(m);
    for (const n of SIZES.slice(1))
      for (const k of SIZES) {
        const input = random.pick(['dynamic', 'int8', 'uint8'] as const);
        const output = random.pick(TYPES);
        await check(random, {
          ...{ m, n, k, bias: random.next() < 0.5, residual: random.next() < 0.3 },
          options: {
            weights: random.pick(Object.values(WEIGHTS)),
            activations: input === 'dynamic' ? input : paramsFor(input, 1.9),
            output: isFloat(output) ? output : paramsFor(output, 3),
            activation: random.pick(['none', 'relu', 'gelu', 'silu'] as const),
          },
        });
      }
  });
});

describe('defaults and forms', () => {
  const random = new Random(62);
  const weight = Tensor.from(random.float32(20), [5, 4]);
  const x = Tensor.from(random.float32(24), [2, 3, 4]);

  it('are symmetric per output, dynamic, float32, no activation', () => {
    const layer = QuantizedLinear.from({ weight });
    expect(layer.weightParams).toMatchObject({ type: 'int8', granularity: { axis: 0 }, zeroPoint: new Int32Array(5) });
    expect([layer.input, layer.output, layer.bias, layer.inFeatures, layer.outFeatures]).toEqual([
      null,
      null,
      null,
      4,
      5,
    ]);
    const explicit = QuantizedLinear.from(new Linear(weight), {
      activations: 'dynamic',
      output: 'float32',
      activation: 'none',
    });
    expect(explicit.forward(x)).toEqual(layer.forward(x));
    expect(layer.byteLength).toBeGreaterThanOrEqual(20);
  });

  it('keep the activation of a Linear unless the options name another', () => {
    const relu = new Linear(weight, null, { activation: 'relu' });
    const plain = QuantizedLinear.from({ weight }).forward(x).data;
    expectSameBits(
      QuantizedLinear.from(relu).forward(x).data,
      plain.map((value) => Math.max(value, 0)),
    );
    expectSameBits(QuantizedLinear.from(relu, { activation: 'none' }).forward(x).data, plain);
  });

  it('fold leading dimensions into rows, and take rows apart', async () => {
    const layer = QuantizedLinear.from({ weight });
    const y = layer.forward(x);
    expect(y.dims).toEqual([2, 3, 5]);
    expectSameBits(y.data, layer.forward(Tensor.from(x.data, [6, 4])).data as Float32Array);
    expect(layer.forward(Tensor.from(x.data.slice(0, 4))).dims).toEqual([5]);
    const apart = new Float32Array(5 * 7 + 4).fill(Number.NaN);
    for (let row = 0; row < 6; row++) apart.set(x.data.subarray(row * 4, row * 4 + 4), row * 7);
    const strided = { type: 'float32' as const, dims: [2, 3, 4], data: apart, strides: [21, 7, 1] };
    expectSameBits(layer.forward(strided).data, y.data);
    expectSameBits((await layer.forwardAsync(strided)).data, y.data);
  });

  it('take strided bytes as well', () => {
    const input = paramsFor('uint8', 1);
    const layer = QuantizedLinear.from({ weight }, { activations: input });
    const q = quantize(Tensor.from(x.data, [6, 4]), input);
    const apart = new Uint8Array(5 * 11 + 4).fill(255);
    for (let row = 0; row < 6; row++) apart.set(q.data.subarray(row * 4, row * 4 + 4), row * 11);
    const y = layer.forward({ type: 'uint8', dims: [6, 4], data: apart, strides: [11, 1] });
    expectSameBits(y.data, layer.forward(q).data);
  });
});
