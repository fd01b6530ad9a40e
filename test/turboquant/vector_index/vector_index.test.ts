// The index against exact search: what is found, filtered, removed, added, and in which order.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { METRICS, VectorIndex } from '../../../lib/turboquant';
import { Random } from '../../reference/random';
import { exactScore, exactSearch, recallOf, rowOf } from './exact_search';

const [dim, count, k] = [64, 700, 10];
const base = new Random(1).float32(count * dim, 2);
const queries = new Random(2).float32(9 * dim, 2);

describe.each(METRICS)('%s', (metric) => {
  const wanted = exactSearch(base, queries, { metric, dim, k });

  it('float32 rows find exactly what there is, with its scores', () => {
    const index = new VectorIndex({ dim, bits: 'float32', metric });
    index.add(base);
    for (const options of [{}, { rerank: 2 }]) {
      const { ids, scores } = index.search(queries, k, options);
      expect([...ids]).toEqual(wanted.flat());
      for (const [i, id] of ids.entries()) {
        const exact = exactScore(metric, rowOf(queries, Math.floor(i / k), dim), rowOf(base, id, dim));
        expect(Math.abs(scores[i]! - exact)).toBeLessThan(1e-4 * Math.max(1, Math.abs(exact)));
      }
    }
  });

  it.each([
    [1, 0.3],
    [2, 0.6],
    [3, 0.75],
    [4, 0.85],
    [5, 0.9],
    [6, 0.95],
    [7, 0.97],
    [8, 0.98],
    ['int8', 0.97],
  ] as const)('codes of %s find %f of it', (bits, least) => {
    const index = new VectorIndex({ dim, bits, metric, keep: 'float32' });
    index.add(base);
    expect(recallOf(index.search(queries, k).ids, wanted)).toBeGreaterThan(least);
    // All are candidates: exact scores give the exact answer.
    const reranked = index.search(queries, k, { rerank: count / k });
    expect([...reranked.ids]).toEqual(wanted.flat());
    expect(reranked.scores[0]).toBe(
      Math.fround(exactScore(metric, rowOf(queries, 0, dim), rowOf(base, wanted[0]![0]!, dim))),
    );
  });

  it('what is kept smaller, or lies outside, ranks nearly or quite as exactly', async () => {
    for (const keep of ['float16', 'int8'] as const) {
      const index = new VectorIndex({ dim, bits: 2, metric, keep });
      index.add(base);
      expect(recallOf(index.search(queries, k, { rerank: 8 }).ids, wanted)).toBeGreaterThan(0.95);
    }
    const index = new VectorIndex({ dim, bits: 2, metric });
    index.add(base);
    const kept = new VectorIndex({ dim, bits: 2, metric, keep: 'float32' });
    kept.add(base);
    const expected = kept.search(queries, k, { rerank: 8 });
    const rows = (ids: Float64Array) => Float32Array.from([...ids].flatMap((id) => [...rowOf(base, id, dim)]));
    for (const vectors of [new Tensor('float32', base, [count, dim]), rows]) {
      expect(index.search(queries, k, { rerank: { factor: 8, vectors } })).toEqual(expected);
      expect(await index.searchAsync(queries, k, { rerank: { factor: 8, vectors } })).toEqual(expected);
    }
  });

  it('filters and removed vectors leave the others', () => {
    const index = new VectorIndex({ dim, bits: 'float32', metric });
    index.add(base);
    const filter = new Uint8Array(80).map((_, i) => (i * 37) % 256); // ends before the last ids
    const passes = (row: number) => row < 640 && ((filter[row >> 3]! >> (row & 7)) & 1) === 1;
    const filtered = exactSearch(base, queries, { metric, dim, k, admits: passes });
    expect([...index.search(queries, k, { filter }).ids]).toEqual(filtered.flat());
    expect(index.remove(wanted.flat())).toBe(new Set(wanted.flat()).size);
    expect(index.remove(wanted[0]!)).toBe(0);
    const left = (row: number) => !wanted.flat().includes(row);
    const after = exactSearch(base, queries, { metric, dim, k, admits: left });
    const both = exactSearch(base, queries, { metric, dim, k, admits: (row) => left(row) && passes(row) });
    for (const tidy of [() => {}, () => index.compact()]) {
      tidy();
      expect([...index.search(queries, k).ids]).toEqual(after.flat());
      expect([...index.search(queries, k, { filter }).ids]).toEqual(both.flat());
      expect(index.has(wanted[0]![0]!)).toBe(false);
      expect(index.size).toBe(count - new Set(wanted.flat()).size);
    }
  });
});

it('one query gets what it gets in a batch, in any number of calls to add', () => {
  const random = new Random(5);
  const [whole, pieces] = [new VectorIndex({ dim, bits: 3 }), new VectorIndex({ dim, bits: 3 })];
  expect(whole.add(base)).toBe(0);
  for (let from = 0; from < count; ) {
    const rows = Math.min(count - from, random.integer(1, 60));
    expect(pieces.add(base.subarray(from * dim, (from + rows) * dim))).toBe(from);
    from += rows;
  }
  const all = whole.search(queries, k);
  for (let q = 0; q < 9; q++) {
    const one = pieces.search(rowOf(queries, q, dim), k);
    expect(one.ids).toEqual(all.ids.slice(q * k, (q + 1) * k));
    expect(one.scores).toEqual(all.scores.slice(q * k, (q + 1) * k));
  }
});

it('equal scores come in the order in which the vectors were added', () => {
  const index = new VectorIndex({ dim, bits: 4, keep: 'float16' });
  index.add(
    new Float32Array(20 * dim).fill(0.5),
    [9, 3, 7, 1, 8, 2, 6, 4, 5, 0, 19, 13, 17, 11, 18, 12, 16, 14, 15, 10],
  );
  for (const rerank of [undefined, 3])
    expect([...index.search(new Float32Array(dim).fill(1), 5, { rerank }).ids]).toEqual([9, 3, 7, 1, 8]);
});

it('fewer vectors than asked for leave -1 and the worst score', () => {
  for (const [metric, worst] of [
    ['ip', Number.NEGATIVE_INFINITY],
    ['l2', Number.POSITIVE_INFINITY],
  ] as const) {
    const index = new VectorIndex({ dim, metric, keep: 'float32' });
    expect(index.search(rowOf(base, 0, dim), 2)).toEqual({
      ids: Float64Array.of(-1, -1),
      scores: Float32Array.of(worst, worst),
      dims: [1, 2],
    });
    index.add(rowOf(base, 0, dim));
    for (const options of [
      {},
      { rerank: 3 },
      { rerank: { factor: 3, vectors: new Tensor('float32', base, [count, dim]) } },
    ]) {
      const { ids, scores } = index.search(rowOf(base, 0, dim), 2, options);
      expect([...ids]).toEqual([0, -1]);
      expect(scores[1]).toBe(worst);
    }
  }
});

it('ids of all kinds are found, added after their removal, and never twice', () => {
  const index = new VectorIndex({ dim, ids: 'bigint', bits: 'float32', metric: 'l2' });
  expect(index.add(base.subarray(0, 3 * dim), [5n, 2n ** 60n, 1n])).toBe(5n);
  expect(index.add(rowOf(base, 3, dim))).toBe(2n ** 60n + 1n);
  expect(index.search(rowOf(base, 1, dim), 1).ids).toEqual(BigInt64Array.of(2n ** 60n));
  expect(() => index.add(rowOf(base, 4, dim), [5])).toThrow('ids[0] is 5, which the index has already');
  expect(() => index.add(base.subarray(0, 2 * dim), [6, 6])).toThrow('ids[1] is 6, which comes twice');
  expect(index.size).toBe(4);
  expect(index.remove([5n, 77n])).toBe(1);
  expect(index.has(5)).toBe(false);
  expect(index.add(rowOf(base, 0, dim), [5])).toBe(5n);
  expect(index.search(rowOf(base, 0, dim), 1).ids).toEqual(BigInt64Array.of(5n));
  expect(index.remove([5])).toBe(1);
  expect(index.size).toBe(3);
});

it('a call that fails adds nothing', () => {
  const index = new VectorIndex({ dim, keep: 'float16' });
  index.add(rowOf(base, 0, dim));
  const bad = (value: number) => base.slice(0, 300 * dim).fill(value, 299 * dim);
  expect(() => index.add(bad(Number.NaN))).toThrow('row 299 has a value that is not finite');
  expect(() => index.add(bad(1e19))).toThrow('row 299 has a norm of 2^63 or more');
  expect(() => index.add(bad(70_000))).toThrow('row 299 has a value beyond float16');
  expect(() => index.search(bad(Number.POSITIVE_INFINITY), 1)).toThrow('query 299 has a value that is not finite');
  expect(() => index.search(base.subarray(1), 1)).toThrow('a multiple of 64 values');
  expect(() => new VectorIndex({ dim }).search(rowOf(base, 0, dim), 1, { rerank: 2 })).toThrow('keeps no vectors');
  expect(index.size).toBe(1);
  expect(index.add(rowOf(base, 1, dim))).toBe(1);
});

it('vectors of zeros, and as large as they may be, are found', () => {
  const large = new Float32Array(dim).fill(9e18 / Math.sqrt(dim));
  for (const metric of METRICS) {
    const index = new VectorIndex({ dim, metric, bits: 4 });
    index.add(new Float32Array(dim));
    index.add(large);
    const found = index.search(large, 2);
    expect([...found.ids]).toEqual([1, 0]);
    expect([...found.scores].every((score) => !Number.isNaN(score))).toBe(true);
    expect(index.search(new Float32Array(dim), 2).ids).toHaveLength(2);
  }
});

it('results go to the arrays that are given', async () => {
  const index = new VectorIndex({ dim });
  index.add(base);
  const out = { ids: new Float64Array(9 * k), scores: new Float32Array(9 * k) };
  const found = index.search(queries, k, { out });
  expect(found.ids).toBe(out.ids);
  expect(found).toEqual(index.search(queries, k));
  const later = { ids: new Float64Array(9 * k), scores: new Float32Array(9 * k) };
  expect(await index.searchAsync(queries, k, { out: later })).toEqual(found);
  expect(() => index.search(queries, k + 1, { out })).toThrow('must have 99 values');
});
