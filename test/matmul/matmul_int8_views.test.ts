import { describe, expect, it } from 'vitest';
import { matmulInt8, matmulInt8Async, packWeights, packWeightsAsync, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { integerProduct } from '../reference/matrix_products';
import { Random } from '../reference/random';

const random = new Random(11);

describe('views of rows', () => {
  it.each([
    { m: 3, n: 5, k: 4, stride: 4 },
    { m: 3, n: 5, k: 4, stride: 7 },
    { m: 17, n: 33, k: 15, stride: 64 },
    { m: 1, n: 2, k: 3, stride: 9 },
    { m: 0, n: 2, k: 3, stride: 9 },
  ])('m $m n $n k $k, $stride apart', async ({ m, n, k, stride }) => {
    // As long as the last row needs, so that a read beyond it would leave the array.
    const data = random.uint8(m === 0 ? 0 : (m - 1) * stride + k);
    const a = { type: 'uint8' as const, dims: [m, k], data, strides: [stride, 1] };
    const b = random.int8(k * n);
    const weights = Tensor.from(b, [k, n]);
    const expected = integerProduct({ m, n, k, a: data, stride, b, aZero: 9 });
    expectSameBits(matmulInt8(a, weights, { aZeroPoint: 9 }).data, expected);
    expectSameBits((await matmulInt8Async(a, weights, { aZeroPoint: 9 })).data, expected);
    expectSameBits((await matmulInt8Async(a, packWeights(weights), { aZeroPoint: 9 })).data, expected);
  });

  it.each([
    [[4], 'one integer for each dimension'],
    [[4, 2], 'the last one 1'],
    [[3, 1], 'at least 4 apart'],
    [[-4, 1], 'one integer for each dimension'],
    [[4.5, 1], 'one integer for each dimension'],
    [[5, 1], 'at least 9'],
    [[2 ** 53, 1], 'one integer for each dimension'],
    [[2 ** 52, 1], 'at least'],
    [[Number.NaN, 1], 'one integer'],
    ['4,1', 'one integer'],
  ])('with strides %j are refused', (strides, message) => {
    const a = { type: 'int8', dims: [2, 4], data: new Int8Array(8), strides } as never;
    expectCode(() => matmulInt8(a, Tensor.from(new Int8Array(4), [4, 1])), 'ERR_SHAPE', new RegExp(message));
  });

  it.each([
    ['the last rows of two batches', [2, 1, 4], [20, 5, 1], 20],
    ['one batch', [1, 3, 4], [0, 5, 1], 5],
    ['one row', [1, 1, 4], [0, 0, 1], 4],
    ['rows of one value', [3, 1], [7, 9], 7],
    ['no rows', [0, 4], [0, 1], 4],
  ])('may have any stride where there is one index only: %s', (_, dims, strides, stride) => {
    const k = dims[dims.length - 1]!;
    const m = dims.reduce((product, dim) => product * dim, 1) / k;
    const data = random.int8(64);
    const b = random.int8(k * 2);
    const expected = integerProduct({ m, n: 2, k, a: data, stride, b });
    const result = matmulInt8({ type: 'int8', dims, data, strides }, Tensor.from(b, [k, 2]));
    expectSameBits(result.data, expected);
    expect(result.dims).toEqual([...dims.slice(0, -1), 2]);
  });

  it('may not describe batches that are not evenly spaced, nor strided weights', () => {
    const data = new Int8Array(64);
    const a = { type: 'int8' as const, dims: [2, 2, 4], data, strides: [20, 5, 1] };
    const b = Tensor.from(new Int8Array(4), [4, 1]);
    expectCode(() => matmulInt8(a, b), 'ERR_SHAPE', /evenly spaced/);
    expect(matmulInt8({ ...a, strides: [10, 5, 1] }, b).dims).toEqual([2, 2, 1]);
    const strided = { type: 'int8' as const, dims: [4, 1], data, strides: [2, 1] };
    expectCode(() => matmulInt8(Tensor.from(new Int8Array(4), [1, 4]), strided), 'ERR_SHAPE', /contiguous/);
    expectCode(() => packWeights(strided), 'ERR_SHAPE', /contiguous/);
  });
});

describe('batches', () => {
  const [m, n, k] = [3, 5, 7];

  /** The batches' products one after the other. */
  function expectedOf(batch: number, a: Int8Array, b: Int8Array, shared: boolean, zero: Int32Array): Int32Array {
    const parts = Array.from({ length: batch }, (_, i) =>
      integerProduct({
        ...{ m, n, k },
        a: a.subarray(i * m * k),
        b: shared ? b : b.subarray(i * k * n, (i + 1) * k * n),
        aZero: zero.subarray(i * m, (i + 1) * m),
        bZero: -3,
      }),
    );
    return Int32Array.from(parts.flatMap((part) => [...part]));
  }

  it.each([0, 1, 2, 5])('of %i meet one b, or each its own', async (batch) => {
    const a = random.int8(batch * m * k);
    const zero = random.int32(batch * m, -128, 127);
    const options = { aZeroPoint: zero, bZeroPoint: -3 };
    const left = Tensor.from(a, [batch, m, k]);
    for (const shared of [true, false]) {
      const b = random.int8((shared ? 1 : batch) * k * n);
      const right = Tensor.from(b, shared ? [k, n] : [batch, k, n]);
      const expected = expectedOf(batch, a, b, shared, zero);
      const c = matmulInt8(left, right, options);
      expect(c.dims).toEqual([batch, m, n]);
      expectSameBits(c.data, expected, `batch ${batch}`);
      expectSameBits((await matmulInt8Async(left, right, options)).data, expected, `async, batch ${batch}`);
    }
  });

  it('without values may be more than memory could hold one by one', () => {
    const [a, b] = [Tensor.from(new Int8Array(0), [2 ** 40, 0, 3]), Tensor.from(new Int8Array(0), [2 ** 40, 3, 0])];
    expect(matmulInt8(a, b).dims).toEqual([2 ** 40, 0, 0]);
    const gone = new Int8Array(0);
    structuredClone(0, { transfer: [gone.buffer] }); // empty before and after
    const values = Tensor.from(random.int8(24), [2, 3, 4]);
    expect(matmulInt8({ type: 'int8', dims: [2, 0, 3], data: gone }, values).dims).toEqual([2, 0, 4]);
    const rows = Tensor.from(new Int8Array(0), [2, 3, 0]);
    expectSameBits(matmulInt8(rows, Tensor.from(new Int8Array(0), [2, 0, 4])).data, new Int32Array(24));
  });

  it.each([
    [
      [2, 3, 7],
      [3, 7, 5],
    ],
    [
      [3, 7],
      [1, 7, 5],
    ],
    [[2, 3, 7], [7]],
    [
      [2, 3, 7],
      [2, 2, 7, 5],
    ],
    [[7], [7, 5]],
    [
      [1, 2, 3, 7],
      [7, 5],
    ],
    [
      [2, 3, 7],
      [2, 6, 5],
    ],
    [[], [7, 5]],
  ])('%j does not fit %j', async (aDims, bDims) => {
    const zeros = (dims: readonly number[]) => Tensor.zeros('int8', dims);
    expectCode(() => matmulInt8(zeros(aDims), zeros(bDims)), 'ERR_SHAPE');
    await expectRejection(matmulInt8Async(zeros(aDims), zeros(bDims)), 'ERR_SHAPE');
  });
});

describe('out', () => {
  const a = Tensor.from(random.uint8(12), [3, 4]);
  const b = Tensor.from(random.int8(20), [4, 5]);
  const expected = matmulInt8(a, b).data;

  it('receives the result, and is its data', async () => {
    const out = new Int32Array(15).fill(-1);
    expect(matmulInt8(a, b, { out }).data).toBe(out);
    expectSameBits(out, expected);
    out.fill(-1);
    expect((await matmulInt8Async(a, b, { out })).data).toBe(out);
    expectSameBits(out, expected);
  });

  it('is written inside its bounds only', () => {
    const whole = new Int32Array(17).fill(7);
    matmulInt8(a, b, { out: whole.subarray(1, 16) });
    expectSameBits(whole, Int32Array.of(7, ...expected, 7));
  });

  it('of another length or type is refused', async () => {
    const wrong: [unknown, 'ERR_SHAPE' | 'ERR_DTYPE'][] = [
      [new Int32Array(14), 'ERR_SHAPE'],
      [new Int32Array(16), 'ERR_SHAPE'],
      [new Float32Array(15), 'ERR_DTYPE'],
      [new Uint32Array(15), 'ERR_DTYPE'],
      [new Array(15), 'ERR_DTYPE'],
      [null, 'ERR_DTYPE'],
    ];
    for (const [out, code] of wrong) {
      expectCode(() => matmulInt8(a, b, { out: out as Int32Array }), code, /out must/);
      await expectRejection(matmulInt8Async(a, b, { out: out as Int32Array }), code, /out must/);
    }
  });

  it('must not overlap a', () => {
    const memory = new ArrayBuffer(80);
    const rows = Tensor.from(new Uint8Array(memory, 0, 12), [3, 4]);
    expectCode(() => matmulInt8(rows, b, { out: new Int32Array(memory, 8, 15) }), 'ERR_SHAPE', /overlap/);
    expectSameBits(matmulInt8(rows, b, { out: new Int32Array(memory, 12, 15) }).data, new Int32Array(15));
    const behind = Tensor.from(new Uint8Array(memory, 60, 12).fill(0), [3, 4]);
    expectSameBits(matmulInt8(behind, b, { out: new Int32Array(memory, 0, 15) }).data, new Int32Array(15));
    const across = Tensor.from(new Uint8Array(memory, 59, 12), [3, 4]);
    expectCode(() => matmulInt8(across, b, { out: new Int32Array(memory, 0, 15) }), 'ERR_SHAPE', /overlap/);
  });
});

describe('packed weights', () => {
  it.each([false, true])('give what the tensor gives, transposed: %s', async (transposed) => {
    for (const [k, n] of [
      [0, 3],
      [3, 0],
      [1, 1],
      [17, 33],
      [64, 16],
    ] as const) {
      const [a, b] = [random.uint8(5 * k), random.int8(k * n)];
      const swapped = Int8Array.from({ length: k * n }, (_, i) => b[(i % k) * n + Math.floor(i / k)]!);
      const source = transposed ? Tensor.from(swapped, [n, k]) : Tensor.from(b, [k, n]);
      const expected = integerProduct({ m: 5, n, k, a, b });
      for (const packed of [packWeights(source, { transposed }), await packWeightsAsync(source, { transposed })]) {
        expect([packed.k, packed.n]).toEqual([k, n]);
        expect(packed.byteLength).toBeGreaterThanOrEqual(k * n);
        source.data.fill(99); // not read any more
        expectSameBits(matmulInt8(Tensor.from(a, [5, k]), packed).data, expected, `k ${k} n ${n}`);
        source.data.set(transposed ? swapped : b);
      }
    }
  });

  it('are made of matrices only, and stay as they are', async () => {
    for (const [dims, options, message] of [
      [[8], undefined, /\[k, n\]/],
      [[2, 2, 2], { transposed: true }, /\[n, k\]/],
    ] as const) {
      expectCode(() => packWeights(Tensor.zeros('int8', dims), options), 'ERR_SHAPE', message);
      await expectRejection(packWeightsAsync(Tensor.zeros('int8', dims), options), 'ERR_SHAPE', message);
    }
    const b = Tensor.zeros('int8', [2, 3]);
    expectCode(() => packWeights(b, { transposed: 'yes' as never }), 'ERR_DTYPE', /options.transposed/);
    expect(() => Object.assign(packWeights(b), { k: 9 })).toThrow(/read only/);
  });

  it('are refused after dispose, which may be repeated', async () => {
    const packed = packWeights(Tensor.from(new Int8Array(4), [2, 2]));
    const a = Tensor.from(new Int8Array(4), [2, 2]);
    const inFlight = matmulInt8Async(a, packed);
    packed.dispose();
    packed.dispose();
    expectSameBits((await inFlight).data, new Int32Array(4)); // a call in progress keeps them
    expectCode(() => matmulInt8(a, packed), 'ERR_DISPOSED');
    expectCode(() => packed.byteLength, 'ERR_DISPOSED');
    await expectRejection(matmulInt8Async(a, packed), 'ERR_DISPOSED');
  });

  it('are disposed of at the end of a using block', () => {
    const packed = packWeights(Tensor.from(new Int8Array(4), [2, 2]));
    packed[Symbol.dispose]();
    expectCode(() => packed.byteLength, 'ERR_DISPOSED');
  });
});
