import { describe, expect, it } from 'vitest';
import { matmulFloat32, matmulFloat32Async, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { float32Product } from '../reference/matrix_products';
import { Random } from '../reference/random';

const SIZES = [0, 1, 2, 3, 5, 12, 14, 15, 16, 17, 31, 32, 33];

describe('matmulFloat32', () => {
  it.each(SIZES)('is one fma chain per value, for every n and k at m = %i', (m) => {
    const random = new Random(m + 1);
    for (const n of SIZES)
      for (const k of SIZES) {
        const [a, b] = [random.float32(m * k, 4), random.float32(k * n, 4)];
        const c = matmulFloat32(Tensor.from(a, [m, k]), Tensor.from(b, [k, n]));
        expect([c.type, ...c.dims]).toEqual(['float32', m, n]);
        expectSameBits(c.data, float32Product({ m, n, k, a, b }), `m ${m} n ${n} k ${k}`);
      }
  });

  // The driver cuts k at 512 and columns by cache size; rows 4,096 bytes apart are staged apart.
  it.each([
    { m: 5, n: 33, k: 511 },
    { m: 5, n: 33, k: 512 },
    { m: 5, n: 33, k: 513 },
    { m: 5, n: 33, k: 1024 },
    { m: 31, n: 7, k: 1025 },
    { m: 2, n: 300, k: 600 },
  ])('continues the chain over blocks of k: m $m n $n k $k', async ({ m, n, k }) => {
    const random = new Random(k);
    const [a, b] = [random.float32(m * k), random.float32(k * n)];
    const expected = float32Product({ m, n, k, a, b });
    expectSameBits(matmulFloat32(Tensor.from(a, [m, k]), Tensor.from(b, [k, n])).data, expected);
    expectSameBits((await matmulFloat32Async(Tensor.from(a, [m, k]), Tensor.from(b, [k, n]))).data, expected);
  });

  it('rounds once for each product and sum, where two roundings would show', () => {
    // The last product is 1 - 2^-26. Rounded by itself it is 1, and makes a tie with 2^24 + 2 that goes up.
    const a = Float32Array.of(2 ** 12, 1, 1 + 2 ** -13);
    const b = Float32Array.of(2 ** 12, 2, 1 - 2 ** -13);
    expect(Math.fround(Math.fround(a[2]! * b[2]!) + 2 ** 24 + 2)).toBe(2 ** 24 + 4);
    expect(matmulFloat32(Tensor.from(a, [1, 3]), Tensor.from(b, [3, 1])).data[0]).toBe(2 ** 24 + 2);
  });

  it('carries NaN, infinities, subnormals and signed zeros as the chain does', () => {
    const special = [0, -0, Infinity, -Infinity, Number.NaN, 2 ** -149, -(2 ** -126), 3e38, -3e38, 1];
    const a = Float32Array.from(special.flatMap((x) => special.flatMap((y) => [x, y])));
    const b = Float32Array.from(special.flatMap((x) => [x, 1 - x]));
    const [m, n, k] = [special.length ** 2, 10, 2];
    const c = matmulFloat32(Tensor.from(a, [m, k]), Tensor.from(b, [k, n]));
    expectSameBits(c.data, float32Product({ m, n, k, a, b }));
  });

  it('takes batches and strided rows of a', async () => {
    const random = new Random(5);
    const [m, n, k, stride] = [6, 17, 5, 11];
    const [data, b] = [random.float32((m - 1) * stride + k), random.float32(k * n)];
    const expected = float32Product({ m, n, k, a: data, stride, b });
    const weights = Tensor.from(b, [k, n]);
    const rows = { type: 'float32' as const, dims: [m, k], data, strides: [stride, 1] };
    const batch = { type: 'float32' as const, dims: [2, 3, k], data, strides: [3 * stride, stride, 1] };
    expectSameBits(matmulFloat32(rows, weights).data, expected);
    expectSameBits((await matmulFloat32Async(rows, weights)).data, expected);
    expect(matmulFloat32(batch, weights).dims).toEqual([2, 3, n]);
    expectSameBits(matmulFloat32(batch, weights).data, expected);
  });

  it('writes into out, and inside its bounds only', async () => {
    const [a, b] = [Tensor.from(Float32Array.of(1, 2), [1, 2]), Tensor.from(Float32Array.of(3, 4, 5, 6), [2, 2])];
    const whole = new Float32Array(4).fill(7);
    expect(matmulFloat32(a, b, { out: whole.subarray(1, 3) }).data.buffer).toBe(whole.buffer);
    expectSameBits(whole, Float32Array.of(7, 13, 16, 7));
    const out = new Float32Array(2);
    expect((await matmulFloat32Async(a, b, { out })).data).toBe(out);
    expectSameBits(out, Float32Array.of(13, 16));
  });
});

describe('matmulFloat32 refuses', () => {
  const a = Tensor.zeros('float32', [2, 3]);

  it.each([
    ['another k', a, Tensor.zeros('float32', [2, 2]), 'ERR_SHAPE', /k 3.*k 2/],
    ['a vector', Tensor.zeros('float32', [3]), Tensor.zeros('float32', [3, 2]), 'ERR_SHAPE', /\[m, k\]/],
    ['a batch of b', a, Tensor.zeros('float32', [1, 3, 2]), 'ERR_SHAPE', /\[k, n\]/],
    ['integers', Tensor.zeros('int8', [2, 3]), Tensor.zeros('float32', [3, 2]), 'ERR_DTYPE', /float32/],
    ['integers in b', a, Tensor.zeros('int8', [3, 2]), 'ERR_DTYPE', /float32/],
  ] as const)('%s', async (_, left, right, code, message) => {
    expectCode(() => matmulFloat32(left as never, right as never), code, message);
    await expectRejection(matmulFloat32Async(left as never, right as never), code, message);
  });

  it('an out of another length or type, or over an operand', async () => {
    const b = Tensor.zeros('float32', [3, 2]);
    for (const out of [new Float32Array(3), new Float32Array(5)]) {
      expectCode(() => matmulFloat32(a, b, { out }), 'ERR_SHAPE', /out must have length 4/);
      await expectRejection(matmulFloat32Async(a, b, { out }), 'ERR_SHAPE', /out must have length 4/);
    }
    expectCode(() => matmulFloat32(a, b, { out: new Float64Array(4) as never }), 'ERR_DTYPE', /Float32Array/);
    expectCode(() => matmulFloat32(a, b, { out: a.data.subarray(2) }), 'ERR_SHAPE', /overlap a/);
    expectCode(() => matmulFloat32(a, b, { out: b.data.subarray(2) }), 'ERR_SHAPE', /overlap b/);
  });
});
