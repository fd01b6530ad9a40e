// float16 outputs, residuals and activations of layers: what goes in, what comes out, what is refused.
import { afterEach, describe, expect, it } from 'vitest';
import { Linear, QuantizedLinear, runtime, Tensor } from '../../lib';
import { activate, float16Bits } from '../reference/activations';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';

const random = new Random(81);
const identity = Tensor.from(Float32Array.of(1, 0, 0, 1), [2, 2]);
const x = Tensor.from(Float32Array.of(1, -1), [1, 2]);
const ACTIVATIONS = ['relu', 'relu6', 'gelu', 'geluTanh', 'silu'] as const;

/** What a layer makes of given sums: no products, the values are the bias. */
function layerOf(values: Float32Array, activation: (typeof ACTIVATIONS)[number] | 'none', output?: 'float16') {
  const weight = Tensor.zeros('float32', [values.length, 1]);
  return QuantizedLinear.from({ weight, bias: values }, { activation, ...(output && { output }) });
}
const one = Tensor.from(Float32Array.of(1), [1, 1]);

describe('activations', () => {
  const values = Float32Array.from({ length: 5000 }, (_, i) => (i - 2500) / 100).map((v, i) => (i % 3 ? v : v ** 5));

  it.each(ACTIVATIONS)('%s is the documented formula, in Linear too', async (activation) => {
    const expected = values.map((value) => activate(activation, value));
    expectSameBits(layerOf(values, activation).forward(one).data, expected);
    const linear = new Linear(Tensor.zeros('float32', [values.length, 1]), values, { activation });
    expectSameBits(linear.forward(one).data, expected);
    expectSameBits((await linear.forwardAsync(one)).data, expected);
    expectSameBits(QuantizedLinear.from(linear).forward(one).data as Float32Array, expected);
  });

  it.each([
    ['gelu', (v: number) => v * normal(v)],
    ['geluTanh', (v: number) => (v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))) / 2],
    ['silu', (v: number) => v / (1 + Math.exp(-v))],
  ] as const)('%s is close to its function', (activation, exact) => {
    const small = values.map((value) => value / 3);
    const y = layerOf(small, activation).forward(one).data;
    for (let i = 0; i < y.length; i++) {
      const bound = 2e-7 * Math.abs(small[i]!);
      expect(Math.abs((y[i] as number) - exact(small[i]!)), `at ${small[i]}`).toBeLessThanOrEqual(bound);
    }
  });
});

/** The standard normal distribution by its series, good to 1e-12 where it is used. */
function normal(v: number): number {
  if (Math.abs(v) > 6) return v > 0 ? 1 : 0;
  let [term, sum] = [v, v];
  for (let i = 1; i < 120; i++) {
    term *= (v * v) / (2 * i + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-v * v) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('float16 outputs', () => {
  it('are the nearest values, infinite from 65,520 on', () => {
    const values = Float32Array.of(
      0,
      -0,
      1,
      -2,
      65504,
      65519.9,
      65520,
      -1e9,
      2 ** -24,
      2 ** -25,
      2 ** -26,
      0.1,
      -1 / 3,
    );
    const layer = layerOf(values, 'none', 'float16');
    expect([layer.outputType, layer.output]).toEqual(['float16', null]);
    const y = layer.forward(one);
    expect([y.type, y.dims]).toEqual(['float16', [1, values.length]]);
    expectSameBits(
      y.data,
      Uint16Array.from(values, (value) => float16Bits(value + 0)),
    );
    expect([...y.data].slice(2, 8)).toEqual([0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 0xfc00]);
  });

  it('go into an array of 16-bit words', async () => {
    const layer = QuantizedLinear.from({ weight: identity }, { output: 'float16' });
    const whole = new Uint16Array(4).fill(7);
    const y = layer.forward(x, { out: whole.subarray(1, 3) });
    expect([...whole]).toEqual([7, 0x3c00, 0xbc00, 7]);
    expect(y.data.buffer).toBe(whole.buffer);
    const out = new Uint16Array(2);
    expect((await layer.forwardAsync(x, { out })).data).toBe(out);
    expect([...out]).toEqual([0x3c00, 0xbc00]);
    for (const wrong of [new Float32Array(2), new Int16Array(2), new Uint8Array(2)])
      expectCode(() => layer.forward(x, { out: wrong as never }), 'ERR_DTYPE', /Uint16Array/);
    expectCode(() => layer.forward(x, { out: new Uint16Array(3) }), 'ERR_SHAPE', /length 2/);
  });

  const Float16 = (globalThis as { Float16Array?: new (length: number) => Uint16Array }).Float16Array;
  it.skipIf(Float16 === undefined)('go into a Float16Array where there is one', () => {
    const out = new Float16!(2);
    const layer = QuantizedLinear.from({ weight: identity }, { output: 'float16' });
    expect(layer.forward(x, { out }).data).toBe(out);
    expect([...out]).toEqual([1, -1]);
  });
});

describe('a residual', () => {
  const layer = QuantizedLinear.from({ weight: identity }, { activation: 'relu' });

  it('is added before the activation', async () => {
    const residual = Tensor.from(Float32Array.of(-3, 4), [1, 2]);
    expect([...layer.forward(x, { residual }).data]).toEqual([0, 3]);
    const later = layer.forwardAsync(x, { residual: Tensor.from(residual.data.slice(), [1, 2]) });
    expect([...(await later).data]).toEqual([0, 3]);
  });

  it('belongs to an asynchronous call from its start', async () => {
    const residual = Tensor.from(Float32Array.of(5, 6), [1, 2]);
    const later = layer.forwardAsync(x, { residual });
    residual.data.fill(Number.NaN);
    structuredClone(0, { transfer: [residual.data.buffer as ArrayBuffer] });
    expect([...(await later).data]).toEqual([6, 5]);
  });

  it('may have rows apart, in memory of its own', () => {
    const data = Float32Array.of(10, 20, Number.NaN, 30, 40);
    const rows = Tensor.from(Float32Array.of(1, -1, 1, -1), [2, 2]);
    const strided = { type: 'float32' as const, dims: [2, 2], data, strides: [3, 1] };
    expect([...layer.forward(rows, { residual: strided }).data]).toEqual([11, 19, 31, 39]);
  });

  it.each([
    ['other dims', Tensor.zeros('float32', [2, 1]), 'ERR_SHAPE', /\[1, 2\].*\[2, 1\]/],
    ['fewer dims', Tensor.zeros('float32', [2]), 'ERR_SHAPE', /residual must be/],
    ['another type', Tensor.zeros('int8', [1, 2]), 'ERR_DTYPE', /residual.type/],
    ['no tensor', new Float32Array(2), 'ERR_DTYPE', /residual/],
    ['null', null, 'ERR_DTYPE', /residual/],
    ['short data', { type: 'float32', dims: [1, 2], data: new Float32Array(1) }, 'ERR_SHAPE', /residual.data/],
  ] as const)('is refused: %s', async (_, residual, code, message) => {
    expectCode(() => layer.forward(x, { residual: residual as never }), code, message);
    await expectRejection(layer.forwardAsync(x, { residual: residual as never }), code, message);
  });

  it('must not overlap out', () => {
    const residual = Tensor.zeros('float32', [1, 2]);
    expectCode(() => layer.forward(x, { residual, out: residual.data }), 'ERR_SHAPE', /overlap residual/);
  });
});

describe('the number of threads', () => {
  const before = runtime.threads;
  afterEach(() => {
    runtime.threads = before;
  });

  it.each(['float32', 'float16'] as const)('does not change %s outputs', (output) => {
    const [m, n, k] = [150, 330, 520];
    const weight = Tensor.from(random.float32(n * k), [n, k]);
    const layer = QuantizedLinear.from({ weight }, { output, activation: 'gelu' });
    const input = Tensor.from(random.float32(m * k), [m, k]);
    const residual = Tensor.from(random.float32(m * n), [m, n]);
    runtime.threads = 1;
    const expected = layer.forward(input, { residual });
    for (const threads of [2, 3, 4]) {
      runtime.threads = threads;
      expect(layer.forward(input, { residual })).toEqual(expected);
    }
  });
});
