// Blocks of weights: what rounding to the nearest level promises, and how values lie in bytes.
import { expect, it } from 'vitest';
import {
  BLOCK_TYPES,
  type BlockScheme,
  dequantizeBlocks,
  packNibbles,
  roundToNearest,
  unpackNibbles,
  weightError,
} from '../../lib/weights';
import { waves } from '../onnx/micro_graph';

const matrixOf = (rows: number, columns: number, seed = 1) => ({ data: waves(rows * columns, seed), rows, columns });

const SCHEMES = BLOCK_TYPES.flatMap((type) => [true, false].map((symmetric) => ({ type, symmetric })));

it.each(SCHEMES)('errs by at most half a step of each block: $type, symmetric $symmetric', (how) => {
  const matrix = matrixOf(3, 70);
  const weights = roundToNearest(matrix, { ...how, block: 32, clip: 'range' });
  expect(weights.scale).toHaveLength(9); // the last block of a row has 6 values
  const real = dequantizeBlocks(weights);
  real.forEach((value, i) => {
    const step = weights.scale[Math.floor(i / 70) * 3 + Math.floor((i % 70) / 32)]!;
    // An asymmetric zero point is rounded too: the ends of the range may lie half a step outside.
    expect(Math.abs(value - matrix.data[i]!)).toBeLessThanOrEqual(step * (how.symmetric ? 0.5001 : 1.0001));
  });
});

it.each(SCHEMES)('never loses by the search of a scale: $type, symmetric $symmetric', (how) => {
  const matrix = matrixOf(16, 64, 3);
  matrix.data[5] = 4; // an outlier
  const at = (clip: 'range' | 'mse') => weightError(matrix, roundToNearest(matrix, { ...how, block: 32, clip }));
  expect(at('mse').mse).toBeLessThan(at('range').mse);
  if (how.type.endsWith('4')) expect(at('mse').sqnr - at('range').sqnr).toBeGreaterThan(0.3);
});

it('keeps what the levels hold exactly', () => {
  const data = Float32Array.of(-8, -7, -3, 0, 1, 2, 5, 7);
  const weights = roundToNearest({ data, rows: 1, columns: 8 }, { type: 'int4', block: 8, symmetric: true });
  expect(dequantizeBlocks(weights)).toEqual(data);
  expect([...weights.values]).toEqual([...data]);
  expect([...weights.zeroPoint]).toEqual([0]);
});

it('gives blocks of zeros, of one value and beyond a row', () => {
  for (const symmetric of [true, false])
    for (const type of BLOCK_TYPES) {
      const zeros = roundToNearest({ data: new Float32Array(4), rows: 2, columns: 2 }, { type, block: 16, symmetric });
      expect([...dequantizeBlocks(zeros)]).toEqual([0, 0, 0, 0]);
      const one = roundToNearest({ data: Float32Array.of(-3), rows: 1, columns: 1 }, { type, block: 16, symmetric });
      expect(dequantizeBlocks(one)[0]).toBeCloseTo(-3, 5);
    }
});

it('has the zero points 8 and 128 for symmetric unsigned types', () => {
  for (const [type, middle] of [
    ['uint4', 8],
    ['uint8', 128],
  ] as const)
    expect([...roundToNearest(matrixOf(2, 32), { type, block: 16, symmetric: true }).zeroPoint]).toEqual(
      Array(4).fill(middle),
    );
});

it('packs the first value in the low nibble', () => {
  expect([...packNibbles(Int8Array.of(-8, 7, -1))]).toEqual([0x78, 0x0f]);
  expect([...packNibbles(Uint8Array.of(1, 15, 2, 3))]).toEqual([0xf1, 0x32]);
  expect([...unpackNibbles(Uint8Array.of(0x78, 0x0f), 3, true)]).toEqual([-8, 7, -1]);
  expect([...unpackNibbles(Uint8Array.of(0x78, 0x0f), 3, false)]).toEqual([8, 7, 15]);
  expect(() => unpackNibbles(Uint8Array.of(1), 3, true)).toThrow(/2 bytes, got 1/);
});

it.each([
  [{ data: Float32Array.of(1, Number.NaN), rows: 1, columns: 2 }, {}, 'ERR_RANGE', /NaN at index 1/],
  [{ data: Float32Array.of(1), rows: 1, columns: 2 }, {}, 'ERR_SHAPE', /1 x 2/],
  [{ data: [1, 2], rows: 1, columns: 2 }, {}, 'ERR_DTYPE', /Float32Array/],
  [undefined, {}, 'ERR_DTYPE', /matrix/],
  [matrixOf(1, 2), { block: 0 }, 'ERR_RANGE', /block/],
  [matrixOf(1, 2), { type: 'int2' }, 'ERR_RANGE', /type/],
  [matrixOf(1, 2), { symmetric: 1 }, 'ERR_DTYPE', /symmetric/],
  [matrixOf(1, 2), { clip: 'entropy' }, 'ERR_RANGE', /clip/],
])('refuses malformed arguments: %#', (matrix, scheme, code, message) => {
  const complete = { type: 'int4', block: 16, symmetric: true, ...scheme } as unknown as BlockScheme;
  const call = () => roundToNearest(matrix as never, complete);
  expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});
