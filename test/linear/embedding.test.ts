// Embeddings: rows are what their weights stand for, and everything else is refused.
import { describe, expect, it } from 'vitest';
import { Embedding, Tensor } from '../../lib';
import { bfloat16Bits, halfBits } from '../../lib/tensor/half_floats';
import { valuesOf } from '../../lib/tensor/small_floats';
import {
  dequantizeWeight,
  encodeCodebook,
  GramMatrix,
  hqq,
  type QuantizeWeightOptions,
  quantizeWeight,
  roundToNearest,
} from '../../lib/weights';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';

const random = new Random(77);
const tensorOf = (data: Float32Array, ...dims: number[]) => new Tensor('float32', data, dims);
const rowsOf = (data: Float32Array, dim: number, ids: readonly number[]) =>
  Float32Array.from(ids.flatMap((id) => [...data.subarray(id * dim, (id + 1) * dim)]));

const SHAPES = [
  [1, 1],
  [10, 7],
  [33, 64],
  [5, 129],
] as const;
const FORMATS: QuantizeWeightOptions[] = (['int4', 'uint4', 'int8', 'uint8', 'nf4', 'fp4'] as const).flatMap(
  (format) => [
    { format },
    { format, group: 6 },
    ...(format.length < 4 ? [{ format, doubleQuantization: false }] : [{ format, group: 20, symmetric: false }]),
  ],
);

describe.each(SHAPES)('a table of %i rows of %i', (rows, dim) => {
  const table = tensorOf(random.float32(rows * dim), rows, dim);
  const ids = Array.from({ length: 12 }, () => random.integer(0, rows - 1));

  it.each(FORMATS)('gives what its weights stand for: %o', async (options) => {
    const weights = quantizeWeight(table, options);
    using made = Embedding.from(weights);
    const expected = rowsOf(dequantizeWeight(weights), dim, ids);
    const y = made.forward(Int32Array.from(ids));
    expect(y.dims).toEqual([12, dim]);
    expectSameBits(y.data, expected);
    expectSameBits(made.forward(BigInt64Array.from(ids, BigInt)).data, expected);
    const shaped = new Tensor('int64', BigInt64Array.from(ids, BigInt), [3, 2, 2]);
    const late = await made.forwardAsync(shaped);
    expect(late.dims).toEqual([3, 2, 2, dim]);
    expectSameBits(late.data, expected);
    const format = options.format as 'int4';
    const named = { ...options, format };
    expect(Embedding.from(table, { weights: named }).forward(shaped)).toEqual(late);
    expect(Embedding.from(weights.weights).forward(shaped)).toEqual(late);
    expect(made).toMatchObject({ rows, dim, weightFormat: format.replace('uint', 'int') });
  });

  it.each(['float16', 'bfloat16'] as const)('gives the nearest %s', (type) => {
    const bits = Uint16Array.from(table.data, type === 'float16' ? halfBits : bfloat16Bits);
    const expected = rowsOf(
      Float32Array.from(bits, (half) => valuesOf(type)[half]!),
      dim,
      ids,
    );
    const halves = { type, dims: [rows, dim], data: bits } as const;
    for (const made of [Embedding.from(table, { weights: type }), Embedding.from(halves)]) {
      expectSameBits(made.forward(Int32Array.from(ids)).data, expected);
      expect(made).toMatchObject({ weightFormat: type, weightGroup: 0, byteLength: 2 * rows * dim });
    }
    const again = Embedding.from(halves, { weights: 'int8' }).forward(Int32Array.from(ids));
    const widened = tensorOf(
      Float32Array.from(bits, (half) => valuesOf(type)[half]!),
      rows,
      dim,
    );
    expect(again).toEqual(Embedding.from(widened).forward(Int32Array.from(ids)));
  });
});

it('gives every 16-bit float its value', () => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  for (const type of ['float16', 'bfloat16'] as const) {
    const table = Embedding.from({ type, dims: [256, 256], data: all });
    expectSameBits(table.forward(Int32Array.from({ length: 256 }, (_, i) => i)).data, valuesOf(type));
  }
});

describe('an embedding', () => {
  const table = tensorOf(random.float32(100 * 48), 100, 48);
  const layer = Embedding.from(table);

  it('has 8 bits and a scale for each row if nothing else is said', () => {
    expect(layer).toMatchObject({ rows: 100, dim: 48, weightFormat: 'int8', weightGroup: 48 });
    expect(layer.byteLength).toBe(100 * (48 + 4));
    expect(Embedding.from(table, { weights: 'int4' }).byteLength).toBe(100 * (24 + 4));
    expect(Embedding.from(table, { weights: { format: 'uint4', group: 16 } }).byteLength).toBe(100 * (24 + 3 * 5));
  });

  it('writes into an array', async () => {
    const out = new Float32Array(2 * 48);
    expect(layer.forward(Int32Array.of(7, 99), { out }).data).toBe(out);
    const copy = out.slice();
    await layer.forwardAsync(Int32Array.of(7, 99), { out: out.fill(0) });
    expectSameBits(out, copy);
    expect(layer.forward(new Int32Array()).dims).toEqual([0, 48]);
    expect(layer.forward(new BigInt64Array()).dims).toEqual([0, 48]);
  });

  it('is large enough for all threads', () => {
    const wide = Embedding.from(tensorOf(random.float32(64 * 2048), 64, 2048), { weights: 'int4' });
    const ids = Int32Array.from({ length: 300 }, (_, i) => (i * 37) % 64);
    const together = wide.forward(ids).data;
    ids.forEach((id, i) => {
      if (i % 50 === 0) expectSameBits(wide.forward(Int32Array.of(id)).data, together.slice(i * 2048, (i + 1) * 2048));
    });
  });

  it('refuses ids that are no rows, and writes nothing then', async () => {
    const out = new Float32Array(3 * 48).fill(5);
    const wrong: [Int32Array | BigInt64Array, RegExp][] = [
      [Int32Array.of(0, 1, 100), /ids\[2\] must be from 0 to 99, got 100/],
      [Int32Array.of(0, -1, 1), /ids\[1\] must be from 0 to 99, got -1/],
      [BigInt64Array.of(0n, 2n ** 63n - 1n, 1n), /ids\[1\] .* got 9223372036854775807/],
      [BigInt64Array.of(-(2n ** 63n), 0n, 0n), /ids\[0\] .* got -9223372036854775808/],
      [BigInt64Array.of(2n ** 32n, 0n, 0n), /ids\[0\] .* got 4294967296/],
    ];
    for (const [ids, message] of wrong) {
      expectCode(() => layer.forward(ids, { out }), 'ERR_RANGE', message);
      await expectRejection(layer.forwardAsync(ids), 'ERR_RANGE', message);
    }
    expect(out.every((value) => value === 5)).toBe(true);
  });

  it('refuses what are no ids, no room for rows, and shared memory', () => {
    for (const ids of [[1], 'x', null, Float32Array.of(1), new Uint32Array(1), { type: 'float32', dims: [1] }])
      expectCode(() => layer.forward(ids as never), 'ERR_DTYPE', /ids/);
    const short = { type: 'int32', dims: [3], data: Int32Array.of(1) } as const;
    expectCode(() => layer.forward(short), 'ERR_SHAPE', /length 3/);
    expectCode(() => layer.forward(Int32Array.of(1), { out: new Float32Array(47) }), 'ERR_SHAPE', /48/);
    const shared = new Int32Array(new SharedArrayBuffer(4));
    expectCode(() => layer.forward(shared), 'ERR_DTYPE', /SharedArrayBuffer/);
    const memory = new ArrayBuffer(48 * 4);
    const overlap = { out: new Float32Array(memory) };
    expectCode(() => layer.forward(new Int32Array(memory, 0, 1), overlap), 'ERR_SHAPE', /overlap/);
  });

  it('refuses tables that have no rows for it', () => {
    const gram = new GramMatrix(48);
    gram.add(tensorOf(random.float32(64 * 48), 64, 48));
    const scaled = quantizeWeight(table, { format: 'int8', method: 'awq', gram });
    expectCode(() => Embedding.from(scaled), 'ERR_UNSUPPORTED', /awq/);
    const offset = quantizeWeight(table, { format: 'uint4', method: hqq() });
    expectCode(() => Embedding.from(offset), 'ERR_UNSUPPORTED', /hqq/);
    const blocks = roundToNearest(
      { data: table.data, rows: 100, columns: 48 },
      { type: 'uint4', block: 16, symmetric: false },
    );
    const wrong = (part: object, code: 'ERR_DTYPE' | 'ERR_RANGE' | 'ERR_SHAPE', message: RegExp) =>
      expectCode(() => Embedding.from({ ...blocks, ...part } as never), code, message);
    wrong({ values: blocks.values.map(() => 16) }, 'ERR_RANGE', /values\[0\] does not fit/);
    wrong({ scale: blocks.scale.map(() => Number.NaN) }, 'ERR_RANGE', /scale\[0\] must be finite/);
    wrong({ zeroPoint: blocks.zeroPoint.map(() => 16) }, 'ERR_RANGE', /table.zeroPoint\[0\] must be from 0 to 15/);
    wrong({ scale: new Float32Array(3) }, 'ERR_SHAPE', /table.scale must hold 300/);
    const codes = encodeCodebook(
      { data: table.data, rows: 100, columns: 48 },
      { type: 'nf4', doubleQuantization: false },
    );
    const infinite = { ...codes, absmax: new Float32Array(75).fill(Infinity) };
    expectCode(() => Embedding.from(infinite), 'ERR_RANGE', /absmax\[0\] must be finite/);
    expectCode(() => Embedding.from({ ...codes, codes: codes.codes.subarray(1) }), 'ERR_SHAPE', /codes must hold/);
    expectCode(() => Embedding.from(codes, { weights: 'nf4' }), 'ERR_RANGE', /quantized already/);
    expectCode(() => Embedding.from(table, { weights: 'int5' as never }), 'ERR_RANGE', /format/);
    for (const weights of [7, null, {}])
      expectCode(() => Embedding.from(table, { weights } as never), 'ERR_DTYPE', /weights/);
    for (const given of [null, 7, { weights: 7 }]) expectCode(() => Embedding.from(given as never), 'ERR_DTYPE');
    expectCode(() => Embedding.from(tensorOf(new Float32Array(3), 3)), 'ERR_SHAPE');
    expectCode(() => Embedding.from(tensorOf(Float32Array.of(1, 65_520), 1, 2), { weights: 'float16' }), 'ERR_RANGE');
  });

  it('is gone when it is disposed of, and its jobs end at an abort', async () => {
    const made = Embedding.from(table, { weights: 'nf4' });
    const controller = new AbortController();
    const late = made.forwardAsync(Int32Array.of(1), { signal: controller.signal });
    controller.abort();
    await expect(late).rejects.toThrow(/aborted/);
    made.dispose();
    expectCode(() => made.forward(Int32Array.of(1)), 'ERR_DISPOSED');
    await expectRejection(made.forwardAsync(Int32Array.of(1)), 'ERR_DISPOSED');
    expectCode(() => made.byteLength, 'ERR_DISPOSED');
    expectCode(() => made.share(), 'ERR_DISPOSED');
  });

  it('opens by a token, of its own kind only', () => {
    const token = layer.share();
    const opened = Embedding.open(structuredClone(token));
    expect(opened).toEqual(layer);
    expect(opened.forward(Int32Array.of(3))).toEqual(layer.forward(Int32Array.of(3)));
    expectCode(() => Embedding.open({ ...token, octavo: 'QuantizedLinear' } as never), 'ERR_DTYPE', /token.octavo/);
    const weights = Embedding.from(table, { weights: 'int4' });
    weights.dispose();
  });
});
