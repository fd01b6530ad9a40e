import { describe, expect, it } from 'vitest';
import { type MatmulInt8Options, matmulInt8, matmulInt8Async, packWeights, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { integerProduct, type ProductSizes } from '../reference/matrix_products';
import { Random } from '../reference/random';

// From 0 up, and around the tiles of every kernel set.
const SIZES = [0, 1, 2, 3, 4, 5, 13, 14, 15, 16, 17, 31, 32, 33];

type Bytes = Int8Array | Uint8Array;

/** The call with a [m, k] and b [k, n], beside the plain loop. */
function check({ m, n, k }: ProductSizes, a: Bytes, b: Int8Array, options: MatmulInt8Options = {}): void {
  const left = a instanceof Int8Array ? Tensor.from(a, [m, k]) : Tensor.from(a, [m, k]);
  const result = matmulInt8(left, Tensor.from(b, [k, n]), options);
  const { aZeroPoint: aZero = 0, bZeroPoint: bZero = 0 } = options;
  const label = `${a.constructor.name} m ${m} n ${n} k ${k} zero points ${aZero}; ${bZero}`;
  expect([result.type, ...result.dims], label).toEqual(['int32', m, n]);
  expectSameBits(result.data, integerProduct({ m, n, k, a, b, aZero, bZero }), label);
}

/** One a and one b of each kind of zero point: none, one, one for each row or column. */
function zeroPointChoices(random: Random, { m, n }: ProductSizes, low: number): MatmulInt8Options[] {
  const rows = random.int32(m, low, low + 255);
  const columns = random.int32(n, -128, 127);
  const one = random.integer(low, low + 255);
  return [
    {},
    { aZeroPoint: one },
    { aZeroPoint: rows },
    { bZeroPoint: random.integer(-128, 127) },
    { bZeroPoint: columns },
    { aZeroPoint: Int32Array.of(one), bZeroPoint: columns },
    { aZeroPoint: rows, bZeroPoint: columns },
  ];
}

describe.each(['uint8', 'int8'] as const)('matmulInt8 of %s rows', (type) => {
  it.each(SIZES)('is the exact product for every n and k at m = %i', (m) => {
    const random = new Random(m + 100);
    for (const n of SIZES)
      for (const k of SIZES) {
        const [a, b] = [random[type](m * k), random.int8(k * n)];
        check({ m, n, k }, a, b, random.pick(zeroPointChoices(random, { m, n, k }, type === 'int8' ? -128 : 0)));
      }
  });

  it.each([
    { m: 1, n: 1, k: 1 },
    { m: 5, n: 33, k: 17 },
    { m: 29, n: 40, k: 70 },
    { m: 3, n: 2, k: 0 },
  ])('takes every kind of zero point at m $m n $n k $k', (sizes) => {
    const random = new Random(7);
    const [a, b] = [random[type](sizes.m * sizes.k), random.int8(sizes.k * sizes.n)];
    for (const options of zeroPointChoices(random, sizes, type === 'int8' ? -128 : 0)) check(sizes, a, b, options);
  });
});

describe('matmulInt8 saturates nowhere', () => {
  const sizes = { m: 15, n: 33, k: 67 };
  const rows = {
    uint8: [[255], [0], [255, 0], [255, 255, 0, 0]],
    int8: [[-128], [127], [-128, 127], [127, 127, -128]],
  };
  const columns = [[127], [-128], [127, -128], [-128, -128, 127, 127]];
  const repeat = (pattern: readonly number[], length: number) =>
    Array.from({ length }, (_, i) => pattern[i % pattern.length]!);

  it.each([
    ...rows.uint8.map((row) => Uint8Array.from(repeat(row, sizes.m * sizes.k))),
    ...rows.int8.map((row) => Int8Array.from(repeat(row, sizes.m * sizes.k))),
  ])('extreme rows, case %#', (a) => {
    for (const column of columns) {
      const b = Int8Array.from(repeat(column, sizes.k * sizes.n));
      check(sizes, a, b);
      const low = a instanceof Int8Array ? -128 : 0;
      for (const aZeroPoint of [low, low + 255])
        for (const bZeroPoint of [-128, 127]) check(sizes, a, b, { aZeroPoint, bZeroPoint });
    }
  });

  it('pairs whose products leave 16 bits', () => {
    // 210 * -81 + 198 * -80 = -32,850: an instruction that adds such pairs in 16 bits would clip it to -32,768.
    check({ m: 1, n: 1, k: 3 }, Uint8Array.of(210, 198, 234), Int8Array.of(-81, -80, 127));
    const c = matmulInt8(
      Tensor.from(Uint8Array.of(210, 198, 234), [1, 3]),
      Tensor.from(Int8Array.of(-81, -80, 127), [3, 1]),
    );
    expect(c.data[0]).toBe(-3132);
  });
});

describe('the bound on k, beyond which a sum could leave int32', () => {
  // 65,793 * 255 * 128 is the last product below 2^31.
  it.each([
    { type: 'uint8' as const, bound: 65_793, a: 255, b: -128, options: {} },
    { type: 'uint8' as const, bound: 131_071, a: 0, b: -128, options: { aZeroPoint: 128 } },
    { type: 'uint8' as const, bound: 65_793, a: 255, b: -128, options: { aZeroPoint: Int32Array.of(128, 0) } },
    { type: 'uint8' as const, bound: 33_025, a: 255, b: -128, options: { bZeroPoint: 127 } },
    { type: 'int8' as const, bound: 131_071, a: -128, b: -128, options: {} },
    { type: 'int8' as const, bound: 65_793, a: 127, b: -128, options: { aZeroPoint: -128 } },
  ])('is $bound for $type and $options', ({ type, bound, a, b, options }) => {
    const run = (k: number) => {
      const rows = Tensor.zeros(type, [2, k]);
      rows.data.fill(a);
      return matmulInt8(rows, Tensor.from(new Int8Array(k).fill(b), [k, 1]), options);
    };
    const { aZeroPoint = 0, bZeroPoint = 0 } = options as { aZeroPoint?: number | Int32Array; bZeroPoint?: number };
    const za = typeof aZeroPoint === 'number' ? aZeroPoint : aZeroPoint[0]!;
    expect(run(bound).data[0]).toBe(bound * (a - za) * (b - bZeroPoint));
    expectCode(() => run(bound + 1), 'ERR_RANGE', new RegExp(`k must be at most ${bound} .*got ${bound + 1}`));
  });

  it('is checked for empty products and in asynchronous calls too', async () => {
    const empty = Tensor.from(new Uint8Array(0), [0, 65_794]);
    const b = packWeights(Tensor.from(new Int8Array(65_794), [65_794, 1]));
    expectCode(() => matmulInt8(empty, b), 'ERR_RANGE', /65793/);
    await expectRejection(matmulInt8Async(empty, b), 'ERR_RANGE', /65793/);
  });
});

describe('zero points', () => {
  const a = { uint8: Tensor.from(new Uint8Array(6), [2, 3]), int8: Tensor.from(new Int8Array(6), [2, 3]) };
  const b = Tensor.from(new Int8Array(6), [3, 2]);

  it.each([
    [a.uint8, { aZeroPoint: -1 }],
    [a.uint8, { aZeroPoint: 256 }],
    [a.int8, { aZeroPoint: 128 }],
    [a.int8, { aZeroPoint: -129 }],
    [a.int8, { aZeroPoint: Int32Array.of(0, 200) }],
    [a.uint8, { bZeroPoint: 128 }],
    [a.uint8, { bZeroPoint: Int32Array.of(-129, 0) }],
    [a.uint8, { aZeroPoint: 0.5 }],
    [a.uint8, { bZeroPoint: Number.NaN }],
  ])('outside of their type are refused, case %#', async (left, options) => {
    expectCode(() => matmulInt8(left, b, options), 'ERR_RANGE', /ZeroPoint/);
    await expectRejection(matmulInt8Async(left, b, options), 'ERR_RANGE', /ZeroPoint/);
  });

  it('of another kind are refused', () => {
    for (const wrong of ['3', 3n, null, [1, 2], new Int8Array(2)] as never[]) {
      expectCode(
        () => matmulInt8(a.uint8, b, { aZeroPoint: wrong }),
        'ERR_DTYPE',
        /aZeroPoint must be a number or an Int32Array/,
      );
      expectCode(
        () => matmulInt8(a.uint8, b, { bZeroPoint: wrong }),
        'ERR_DTYPE',
        /bZeroPoint must be a number or an Int32Array/,
      );
    }
  });

  it('of another number than rows or columns are refused', () => {
    for (const wrong of [new Int32Array(0), new Int32Array(3)]) {
      expectCode(
        () => matmulInt8(a.uint8, b, { aZeroPoint: wrong }),
        'ERR_SHAPE',
        /aZeroPoint must have length 1 or 2/,
      );
      expectCode(
        () => matmulInt8(a.uint8, b, { bZeroPoint: wrong }),
        'ERR_SHAPE',
        /bZeroPoint must have length 1 or 2/,
      );
    }
  });
});
