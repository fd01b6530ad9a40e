// What encoded vectors mean: distortion, products, asynchronous calls, threads.
import { describe, expect, it } from 'vitest';
import { runtime, Tensor } from '../../../lib';
import { SCALE_KINDS, TurboQuant } from '../../../lib/turboquant';
import { normalVectors, unitVectors } from './normal_vectors';

const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** |x - decoded|² / |x|² of all vectors. */
function distortion(codec: TurboQuant, x: Tensor<'float32'>): number {
  const decoded = codec.decode(codec.encode(x)).data;
  return squares(x.data.map((value, i) => value - decoded[i]!)) / squares(x.data);
}

describe('2,000 unit vectors of 128 values', () => {
  const x = unitVectors(5, 2000, 128);
  it.each([
    [1, 0.3609],
    [2, 0.116],
    [3, 0.034],
    [4, 0.0093],
  ])('%i bits with the scale of the paper have the error %f', (bits, expected) => {
    const found = distortion(new TurboQuant({ dim: 128, bits, scale: 'paper', seed: 1 }), x);
    expect(found / expected).toBeGreaterThan(0.985);
    expect(found / expected).toBeLessThan(1.015);
  });

  it('matchedNorm keeps norms, minMse has the least error, unbiased the most', () => {
    const errors = SCALE_KINDS.map((scale) => distortion(new TurboQuant({ dim: 128, bits: 2, scale }), x));
    const [matched, least, unbiased, paper] = errors as [number, number, number, number];
    expect(least).toBeLessThan(Math.min(matched, paper));
    expect(unbiased).toBeGreaterThan(Math.max(matched, paper));
    const codec = new TurboQuant({ dim: 128, bits: 2 });
    const decoded = codec.decode(codec.encode(x)).data;
    for (let row = 0; row < 100; row++) expect(squares(decoded.subarray(row * 128, (row + 1) * 128))).toBeCloseTo(1, 5);
  });

  it.each([5, 6, 7, 8])('%i bits have the error of their levels', (bits) => {
    const levels = [0.002504668, 0.00064424, 0.000163478, 0.000041185][bits - 5]!;
    const found = distortion(new TurboQuant({ dim: 128, bits, scale: 'minMse' }), x);
    expect(found / levels).toBeGreaterThan(0.93);
    expect(found / levels).toBeLessThan(1.03);
  });
});

it.each([8, 64, 100, 300, 768])('one coordinate alone among %i decodes as well as others', (dim) => {
  const x = Tensor.zeros('float32', [dim, dim]);
  for (let i = 0; i < dim; i++) x.data[i * dim + i] = 1;
  expect(distortion(new TurboQuant({ dim, bits: 4, scale: 'minMse', seed: 3 }), x)).toBeLessThan(0.0125);
});

it.each([1, 2, 3, 4, 5, 8])('scores of %i bits are products with the decoded vectors', (bits) => {
  for (const dim of [13, 128, 300]) {
    const codec = new TurboQuant({ dim, bits, scale: 'unbiased', seed: 11 });
    const codes = codec.encode(normalVectors(2, 20, dim));
    const queries = normalVectors(3, 3, dim);
    const [scores, decoded] = [codec.score(codes, queries), codec.decode(codes).data];
    expect(scores.dims).toEqual([3, 20]);
    for (let q = 0; q < 3; q++)
      for (let r = 0; r < 20; r++) {
        const [query, row] = [queries.data.subarray(q * dim, (q + 1) * dim), decoded.subarray(r * dim, (r + 1) * dim)];
        const tolerance = (bits <= 4 ? 0.02 : 1e-5) * Math.sqrt(squares(query) * squares(row));
        expect(Math.abs(scores.data[q * 20 + r]! - dot(query, row))).toBeLessThan(tolerance);
      }
  }
});

it('encodes alike with any number of threads, at once or later, whole or in parts, in place or anew', async () => {
  const codec = new TurboQuant({ dim: 300, bits: 3, scale: 'unbiased', seed: 4 });
  const x = normalVectors(7, 400, 300);
  const codes = codec.encode(x);
  const threads = runtime.threads;
  try {
    for (const count of [1, 3]) {
      runtime.threads = count;
      expect((await codec.encodeAsync(x)).toBytes()).toEqual(codes.toBytes());
    }
  } finally {
    runtime.threads = threads;
  }
  expect((await codec.decodeAsync(codes)).data).toEqual(codec.decode(codes).data);
  const queries = normalVectors(8, 2, 300);
  expect((await codec.scoreAsync(codes, queries)).data).toEqual(codec.score(codes, queries).data);
  const part = new Tensor('float32', x.data.slice(300 * 390), [10, 300]);
  expect(codec.encode(part).toBytes()).toEqual(codes.slice(390).toBytes());
  const room = codec.encode(normalVectors(9, 10, 300));
  expect(codec.encodeInto(part, room).toBytes()).toEqual(codes.slice(390).toBytes());
});

it('takes rows that are apart, and no rows', () => {
  const codec = new TurboQuant({ dim: 16, bits: 4 });
  const wide = normalVectors(1, 3, 20);
  const view = { type: 'float32' as const, dims: [3, 16], data: wide.data, strides: [20, 1] };
  const rows = [0, 1, 2].flatMap((row) => [...wide.data.subarray(row * 20, row * 20 + 16)]);
  const packed = new Tensor('float32', Float32Array.from(rows), [3, 16]);
  expect(codec.encode(view).toBytes()).toEqual(codec.encode(packed).toBytes());
  const none = codec.encode(Tensor.zeros('float32', [0, 16]));
  expect(none.count).toBe(0);
  expect(codec.decode(none).dims).toEqual([0, 16]);
  expect(codec.score(none, packed).data.length).toBe(0);
});
