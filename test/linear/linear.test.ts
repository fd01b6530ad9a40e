import { describe, expect, it } from 'vitest';
import { Linear, matmulFloat32, Tensor } from '../../lib';
import { activate } from '../reference/activations';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { clamp } from '../reference/float32_arithmetic';
import { float32Product } from '../reference/matrix_products';
import { Random } from '../reference/random';

const random = new Random(51);

/** A copy of `array` behind a buffer that nobody else has, so that it can be detached. */
function detach(array: { readonly buffer: ArrayBufferLike }): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

describe('Linear', () => {
  it.each([
    { dims: [4, 7], n: 5 },
    { dims: [7], n: 5 },
    { dims: [2, 3, 7], n: 33 },
    { dims: [2, 0, 7], n: 3 },
    { dims: [3, 0], n: 2 },
    { dims: [3, 7], n: 0 },
    { dims: [1, 600], n: 17 },
    { dims: [29, 70], n: 40 },
  ])('x $dims through $n outputs is x Wᵀ + b', async ({ dims, n }) => {
    const k = dims.at(-1)!;
    const m = dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
    const [a, weight] = [random.float32(m * k), random.float32(n * k)];
    const x = Tensor.from(a, dims);
    for (const bias of [null, random.float32(n, 5)]) {
      const layer = new Linear(Tensor.from(weight, [n, k]), bias);
      expect([layer.inFeatures, layer.outFeatures]).toEqual([k, n]);
      const y = layer.forward(x);
      expect([y.type, ...y.dims]).toEqual(['float32', ...dims.slice(0, -1), n]);
      expectSameBits(y.data, float32Product({ m, n, k, a, b: weight, transposed: true, bias }));
      expectSameBits((await layer.forwardAsync(x)).data, y.data);
    }
  });

  it.each([
    ['relu', 'relu', (v: number) => Math.max(v, 0)],
    ['relu6', 'relu6', (v: number) => activate('relu6', v)],
    ['gelu', 'gelu', (v: number) => activate('gelu', v)],
    ['geluTanh', 'geluTanh', (v: number) => activate('geluTanh', v)],
    ['silu', 'silu', (v: number) => activate('silu', v)],
    ['a clip', { clip: [-0.5, 0.25] }, (v: number) => Math.min(Math.max(v, -0.5), 0.25)],
  ] as const)('applies %s after the bias', async (_, activation, apply) => {
    const [m, n, k] = [17, 35, 1030];
    const [a, weight, bias] = [random.float32(m * k), random.float32(n * k), random.float32(n, 5)];
    const layer = new Linear(Tensor.from(weight, [n, k]), bias, { activation });
    const expected = float32Product({ m, n, k, a, b: weight, transposed: true, bias }).map(apply);
    expectSameBits(layer.forward(Tensor.from(a, [m, k])).data, expected);
    expectSameBits((await layer.forwardAsync(Tensor.from(a, [m, k]))).data, expected);
  });

  it('adds the bias once, after the whole sum', () => {
    const k = 1025; // three blocks of k
    const [a, weight, bias] = [random.float32(2 * k), random.float32(3 * k), Float32Array.of(1e6, -1e6, 0.1)];
    const layer = new Linear(Tensor.from(weight, [3, k]), Tensor.from(bias));
    const expected = float32Product({ m: 2, n: 3, k, a, b: weight, transposed: true, bias });
    expectSameBits(layer.forward(Tensor.from(a, [2, k])).data, expected);
  });

  it.each([
    ['relu', [0, Infinity]],
    [{ clip: [-0.5, 0.25] }, [-0.5, 0.25]],
    [{ clip: [-Infinity, 0] }, [-Infinity, 0]],
    [{ clip: [Infinity, Infinity] }, [Infinity, Infinity]],
    ['none', [-Infinity, Infinity]],
  ] as const)(
    'applies %j after the bias; what it limits, NaN included, is not above the low bound',
    async (activation, [low, high]) => {
      for (const [m, n, k] of [
        [1, 1, 1],
        [7, 35, 9],
        [3, 33, 600],
        [4, 5, 0],
      ] as const) {
        const [a, weight, bias] = [random.float32(m * k), random.float32(n * k), random.float32(n)];
        if (k > 0) a.set([Number.NaN], (m - 1) * k);
        const layer = new Linear(Tensor.from(weight, [n, k]), bias, { activation });
        const plain = float32Product({ m, n, k, a, b: weight, transposed: true, bias });
        const expected = activation === 'none' ? plain : plain.map((value) => clamp(value, low, high));
        expectSameBits(layer.forward(Tensor.from(a, [m, k])).data, expected, `${m}x${n}x${k}`);
        expectSameBits((await layer.forwardAsync(Tensor.from(a, [m, k]))).data, expected);
      }
    },
  );

  it('equals matmulFloat32 with the transposed weights', () => {
    const [a, b] = [random.float32(6), random.float32(12)];
    const transposed = Float32Array.from({ length: 12 }, (_, i) => b[(i % 3) * 4 + Math.floor(i / 3)]!);
    const y = new Linear(Tensor.from(transposed, [4, 3])).forward(Tensor.from(a, [2, 3]));
    expectSameBits(y.data, matmulFloat32(Tensor.from(a, [2, 3]), Tensor.from(b, [3, 4])).data);
  });

  it('takes strided rows, also of several leading dimensions', async () => {
    const data = random.float32(5 * 9 + 4);
    const weight = random.float32(3 * 4);
    const layer = new Linear(Tensor.from(weight, [3, 4]));
    const expected = float32Product({ m: 6, n: 3, k: 4, a: data, stride: 9, b: weight, transposed: true });
    for (const [dims, strides] of [
      [
        [6, 4],
        [9, 1],
      ],
      [
        [2, 3, 4],
        [27, 9, 1],
      ],
    ] as const) {
      const x = { type: 'float32' as const, dims, data, strides };
      expectSameBits(layer.forward(x).data, expected);
      expectSameBits((await layer.forwardAsync(x)).data, expected);
    }
  });

  it('owns what it needs: weights and bias may change or go', () => {
    const [weight, bias] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 20)];
    const layer = new Linear(Tensor.from(weight, [2, 2]), bias);
    const x = Tensor.from(Float32Array.of(1, 1), [1, 2]);
    const expected = Float32Array.of(13, 27);
    weight.fill(0);
    bias.fill(0);
    expectSameBits(layer.forward(x).data, expected);
    detach(weight);
    detach(bias);
    expectSameBits(layer.forward(x).data, expected);
    expect([...layer.bias!]).toEqual([10, 20]);
  });

  it('writes into out, inside its bounds only, apart from x', async () => {
    const layer = new Linear(Tensor.from(Float32Array.of(1, 0, 0, 1), [2, 2]));
    const x = Tensor.from(Float32Array.of(5, 6), [1, 2]);
    const whole = new Float32Array(4).fill(9);
    layer.forward(x, { out: whole.subarray(1, 3) });
    expectSameBits(whole, Float32Array.of(9, 5, 6, 9));
    const out = new Float32Array(2);
    expect((await layer.forwardAsync(x, { out })).data).toBe(out);
    expectCode(() => layer.forward(x, { out: x.data }), 'ERR_SHAPE', /overlap/);
    expectCode(() => layer.forward(x, { out: new Float32Array(3) }), 'ERR_SHAPE', /out must have length 2/);
    await expectRejection(layer.forwardAsync(x, { out: new Float32Array(3) }), 'ERR_SHAPE', /out must have length 2/);
    expectCode(() => layer.forward(x, { out: new Int8Array(2) as never }), 'ERR_DTYPE', /Float32Array/);
  });

  it('is refused after dispose, calls in progress excepted', async () => {
    const layer = new Linear(Tensor.from(Float32Array.of(1, 0, 0, 1), [2, 2]));
    const x = Tensor.from(Float32Array.of(5, 6), [1, 2]);
    const inFlight = layer.forwardAsync(x);
    layer.dispose();
    layer[Symbol.dispose]();
    expectSameBits((await inFlight).data, Float32Array.of(5, 6));
    expectCode(() => layer.forward(x), 'ERR_DISPOSED');
    await expectRejection(layer.forwardAsync(x), 'ERR_DISPOSED');
  });
});

describe('Linear refuses', () => {
  const weight = Tensor.zeros('float32', [2, 3]);

  it.each([
    ['a vector of weights', Tensor.zeros('float32', [6]), undefined, 'ERR_SHAPE', /\[out, in\]/],
    ['integer weights', Tensor.zeros('int8', [2, 3]), undefined, 'ERR_DTYPE', /float32/],
    [
      'strided weights',
      { ...weight, data: weight.data, dims: [2, 3], type: 'float32', strides: [3, 1] },
      undefined,
      'ERR_SHAPE',
      /contiguous/,
    ],
    ['a bias of another length', weight, new Float32Array(3), 'ERR_SHAPE', /bias must have length 2/],
    ['an integer bias', weight, new Int32Array(2), 'ERR_DTYPE', /bias/],
    ['a bias that is a number', weight, 1, 'ERR_DTYPE', /bias/],
    ['no weights', undefined, undefined, 'ERR_DTYPE', /weight/],
  ] as const)('%s', (_, value, bias, code, message) => {
    expectCode(() => new Linear(value as never, bias as never), code, message);
  });

  it('options and activations that do not exist', () => {
    expectCode(() => new Linear(weight, null, 'relu' as never), 'ERR_DTYPE', /options/);
    expectCode(() => new Linear(weight, null, { activation: 'tanh' as never }), 'ERR_RANGE', /none, relu/);
    expectCode(() => new Linear(weight, null, { activation: { clip: [1, 0] } }), 'ERR_RANGE', /low <= high/);
  });

  it('x of another width, type or rank', async () => {
    const layer = new Linear(weight);
    for (const [x, code] of [
      [Tensor.zeros('float32', [2, 2]), 'ERR_SHAPE'],
      [Tensor.zeros('float32', []), 'ERR_SHAPE'],
      [Tensor.zeros('int8', [2, 3]), 'ERR_DTYPE'],
      [{ type: 'float32', dims: [2, 3], data: new Float32Array(5) }, 'ERR_SHAPE'],
      [{ type: 'float32', dims: [2, 3], data: new Float32Array(7) }, 'ERR_SHAPE'],
    ] as const) {
      expectCode(() => layer.forward(x as never), code);
      await expectRejection(layer.forwardAsync(x as never), code);
    }
  });
});
