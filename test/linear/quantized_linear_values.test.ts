// Values at the edges: NaN and infinities, ties, saturation, sums near the end of int32, memory.
import { describe, expect, it } from 'vitest';
import { type QParams, QuantizedLinear, type QuantizedLinearOptions, QuantizedTensor, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { forwardModel } from '../reference/quantized_layer';
import { Random } from '../reference/random';

const random = new Random(71);
const identity = Tensor.from(Float32Array.of(1, 0, 0, 1), [2, 2]);
const params = (type: 'int8' | 'uint8', scale: number, zeroPoint: number): QParams => ({
  type,
  scale: Float32Array.of(scale),
  zeroPoint: Int32Array.of(zeroPoint),
  granularity: 'tensor',
});

describe('dynamic rows', () => {
  const [m, n, k] = [9, 4, 18];
  const weight = random.float32(n * k);
  const bias = random.float32(n);
  const layer = QuantizedLinear.from({ weight: Tensor.from(weight, [n, k]), bias });

  /** Rows with special values somewhere, and the model's answer. */
  function check(rows: Float32Array): Float32Array {
    const { scale, zeroPoint } = layer.weightParams!;
    const model = {
      weight,
      n,
      k,
      scale,
      zeroPoint,
      bias,
      input: null,
      output: null,
      activation: 'none' as const,
    };
    const y = layer.forward(Tensor.from(rows, [rows.length / k, k])).data as Float32Array;
    expectSameBits(y, Float32Array.from(forwardModel(model, { x: rows, m: rows.length / k })));
    return y;
  }

  it('take NaN as 0 and saturate infinities, by the largest finite magnitude', () => {
    const clean = random.float32(m * k);
    const dirty = clean.slice();
    const zeroed = clean.slice();
    for (let row = 0; row < m; row++) {
      dirty[row * k + row] = Number.NaN;
      zeroed[row * k + row] = 0;
    }
    expectSameBits(check(dirty), check(zeroed));
    // An infinity is the row's 127, as its largest finite value is.
    const infinite = clean.slice(0, k);
    const finite = clean.slice(0, k);
    infinite[3] = -Infinity;
    finite[3] = 0;
    finite[3] = -Math.max(...finite.map(Math.abs));
    expectSameBits(check(infinite), check(finite));
  });

  it('without a finite value other than 0 give the bias', () => {
    for (const value of [0, -0, Number.NaN, Infinity, -Infinity]) {
      const y = check(new Float32Array(k).fill(value));
      expectSameBits(y, bias);
    }
    check(Float32Array.from({ length: k }, (_, i) => [Number.NaN, Infinity, 0, -0][i % 4]!));
  });

  it('take the smallest and largest float32 values', () => {
    const largest = 3.4028234663852886e38;
    for (const size of [2 ** -149, 2 ** -140, 2 ** -126, 1e-30, 1e30, largest])
      check(random.float32(3 * k, 1).map((x) => x * size));
    check(Float32Array.from({ length: k }, (_, i) => (i % 2 ? largest : -largest)));
    expect(check(random.anyFloat32(40 * k))).toHaveLength(40 * n);
  });

  it('do not depend on their neighbours', () => {
    const rows = random.float32(m * k);
    const together = check(rows);
    for (let row = 0; row < m; row++)
      expectSameBits(together.slice(row * n, (row + 1) * n), check(rows.slice(row * k, (row + 1) * k)));
  });
});

describe('8-bit outputs', () => {
  /** The bytes that outputs f become: an identity layer whose input steps are exact. */
  function bytesOf(
    values: readonly number[],
    output: QParams,
    activation: QuantizedLinearOptions['activation'] = 'none',
  ) {
    const weight = Tensor.from(Float32Array.of(127), [1, 1]); // one step of the weight is 1
    const activations = params('int8', 0.5, 0);
    const layer = QuantizedLinear.from({ weight }, { activations, output, activation });
    const x = new QuantizedTensor(
      Int8Array.from(values, (f) => f * 2),
      [values.length, 1],
      activations,
    );
    return [...layer.forward(x).data].map((q) => q);
  }

  it('take ties to even, and saturate', () => {
    // The weight is 127 of scale 1: f = 127 * x, at an output scale of 127 the output is x again.
    const out = (zeroPoint: number) => params('int8', 127, zeroPoint);
    expect(bytesOf([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3, 63.5, -64], out(0))).toEqual([0, 2, 2, 0, -2, -2, 3, 64, -64]);
    expect(bytesOf([63, -64], params('int8', 12.7, 0))).toEqual([127, -128]);
    expect(bytesOf([63, -64, 0.5], params('uint8', 12.7, 200))).toEqual([255, 0, 205]);
    expect(bytesOf([60, -60, 10], out(100))).toEqual([127, 40, 110]);
  });

  it('clip before they round', () => {
    expect(bytesOf([-3, 3], params('int8', 127, 5), 'relu')).toEqual([5, 8]);
    expect(bytesOf([-3, 3], params('uint8', 127, 5), { clip: [-127, 190.5] })).toEqual([4, 7]); // 1.5 goes to 2
  });
});

describe('8-bit outputs of values that leave float32 on their way', () => {
  const [m, n, k] = [15, 33, 4];
  it.each([
    ['with the row scale', 3e38, 1, 3e38],
    ['with the row scale, by small weights', 3e38, 1e-30, 1],
    ['with the column scale', 1, 3e38, 3e38],
    ['with both', 1e30, 1e30, 1e38],
  ])('%s saturate', (_, inputScale, size, outputScale) => {
    const weight = Float32Array.from({ length: n * k }, (_, i) => (Math.floor(i / k) % 2 === 0 ? size : -size));
    const x = Tensor.from(new Uint8Array(m * k).fill(255), [m, k]);
    for (const [type, low, high] of [
      ['uint8', 0, 255],
      ['int8', -128, 127],
    ] as const)
      for (const activation of ['none', { clip: [-Infinity, 3e38] }] as const) {
        const options = {
          activations: params('uint8', inputScale, 0),
          output: params(type, outputScale, 0),
          activation,
        };
        const layer = QuantizedLinear.from({ weight: Tensor.from(weight, [n, k]) }, options);
        const result = (layer.forward(x) as Tensor<'int8' | 'uint8'>).data;
        const top = activation === 'none' ? high : Math.min(high, Math.round(3e38 / outputScale));
        const expected = Array.from({ length: m * n }, (_, i) => ((i % n) % 2 === 0 ? top : low));
        expect([...result], JSON.stringify([type, activation])).toEqual(expected);
      }
  });
});

describe('sums', () => {
  it('are exact up to the bound on inputs, which is checked when the layer is made', () => {
    const weightOf = (k: number) => Tensor.from(new Float32Array(k).fill(-1), [1, k]);
    // uint8 0..255 around zero point 0, against weights of at most 128 steps.
    const activations = params('uint8', 1, 0);
    const k = 65_793;
    const layer = QuantizedLinear.from({ weight: weightOf(k) }, { activations });
    const x = new QuantizedTensor(new Uint8Array(k).fill(255), [1, k], activations);
    const sum = Math.fround(-k * 255 * 127);
    expect(layer.forward(x).data[0]).toBe(Math.fround(sum * Math.fround(1 / 127)));
    expectCode(() => QuantizedLinear.from({ weight: weightOf(k + 1) }, { activations }), 'ERR_RANGE', /65793.*65794/);
    // Dynamic rows are -127..127: twice as many fit.
    QuantizedLinear.from({ weight: weightOf(131_071) }).dispose();
    expectCode(() => QuantizedLinear.from({ weight: weightOf(131_072) }), 'ERR_RANGE', /131071.*131072/);
  });
});

describe('out', () => {
  const x = Tensor.from(Float32Array.of(1, -1), [1, 2]);

  it.each([
    ['float32', new Float32Array(4)],
    ['int8', new Int8Array(4)],
    ['uint8', new Uint8Array(4)],
  ] as const)('of %s receives the result, inside its bounds only', async (type, whole) => {
    const output = type === 'float32' ? type : params(type, 1, 0);
    const layer = QuantizedLinear.from({ weight: identity }, { output });
    const expected = layer.forward(x);
    whole.fill(77);
    const y = layer.forward(x, { out: whole.subarray(1, 3) });
    expect(y.data.buffer).toBe(whole.buffer);
    expect([...whole]).toEqual([77, ...expected.data, 77]);
    const out = whole.slice(0, 2);
    expect((await layer.forwardAsync(x, { out })).data).toBe(out);
    expect(out).toEqual(expected.data);
  });

  it('of another type or length, or over x, is refused', async () => {
    const layer = QuantizedLinear.from({ weight: identity }, { output: params('int8', 1, 0) });
    for (const [out, code] of [
      [new Uint8Array(2), 'ERR_DTYPE'],
      [new Float32Array(2), 'ERR_DTYPE'],
      [new Int8Array(1), 'ERR_SHAPE'],
      [new Int8Array(3), 'ERR_SHAPE'],
      [null, 'ERR_DTYPE'],
    ] as const) {
      expectCode(() => layer.forward(x, { out: out as never }), code, /out must/);
      await expectRejection(layer.forwardAsync(x, { out: out as never }), code, /out must/);
    }
    expectCode(() => layer.forward(x, { out: new Int8Array(x.data.buffer, 1, 2) }), 'ERR_SHAPE', /overlap/);
  });
});

describe('dispose', () => {
  it('refuses later calls; calls in progress end as usual', async () => {
    const layer = QuantizedLinear.from({ weight: identity });
    const x = Tensor.from(Float32Array.of(127, -127), [1, 2]);
    const inFlight = layer.forwardAsync(x);
    layer.dispose();
    layer[Symbol.dispose]();
    expectSameBits((await inFlight).data, Float32Array.of(127, -127));
    expectCode(() => layer.forward(x), 'ERR_DISPOSED');
    expectCode(() => layer.byteLength, 'ERR_DISPOSED');
    await expectRejection(layer.forwardAsync(x), 'ERR_DISPOSED');
  });
});
