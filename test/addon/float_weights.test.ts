// Weights that multiply floats: codes of a table, and 16-bit floats.
import { describe, expect, it } from 'vitest';
import { addon, type PackedHandle } from '../../lib/addon';
import { absmaxOf, codeTable, decodeCodebook, encodeCodebook } from '../../lib/weights/codebook';
import { expectCode } from '../reference/expectations';

const floats = (count: number, seed = 1) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((i + seed) * 12.9898) * ((i % 7) + 0.25));

/** Exact: products and sums of small integers, times a power of two. */
const INTEGERS = Float32Array.from({ length: 16 }, (_, i) => i - 8);

const multiply = (x: Float32Array, b: PackedHandle, m: number, n: number, bias: Float32Array | null = null) => {
  const out = new Float32Array(m * n);
  addon[addon.packedShape(b).type === 'lut4' ? 'matmulLut4' : 'matmulFloat16'](x, b, out, m, x.length / m, bias);
  return out;
};

const packLut4 = (weights: ReturnType<typeof encodeCodebook>) =>
  addon.packLut4(
    weights.codes,
    codeTable(weights.type),
    absmaxOf(weights),
    weights.columns,
    weights.rows,
    weights.block,
  );

describe('codebook weights', () => {
  it('give the product of their values, whatever blocks have to do with rows', () => {
    for (const [m, n, k, block] of [
      [1, 3, 16, 8],
      [2, 130, 24, 16],
      [9, 5, 7, 2],
      [3, 2, 5, 64],
    ] as const) {
      const codes = Uint8Array.from({ length: Math.ceil((n * k) / 2) }, (_, i) => (i * 37 + (i >> 3)) & 255);
      const absmax = Float32Array.from({ length: Math.ceil((n * k) / block) }, (_, i) => 2 ** (i % 3));
      const x = Float32Array.from({ length: m * k }, (_, i) => ((i * 5) % 11) - 5);
      const packed = addon.packLut4(codes, INTEGERS, absmax, k, n, block);
      expect(addon.packedShape(packed)).toEqual({ type: 'lut4', k, n });
      const weight = Float32Array.from({ length: n * k }, (_, i) => {
        const code = (codes[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15;
        return INTEGERS[code]! * absmax[Math.floor(i / block)]!;
      });
      const expected = Float32Array.from({ length: m * n }, (_, i) => {
        const [row, column] = [Math.floor(i / n), i % n];
        let sum = 0;
        for (let p = 0; p < k; p++) sum += x[row * k + p]! * weight[column * k + p]!;
        return sum;
      });
      expect(multiply(x, packed, m, n)).toEqual(expected);
    }
  });

  it('are handed back as decodeCodebook has them', async () => {
    for (const [rows, columns, block] of [
      [20, 64, 64],
      [3, 50, 64],
      [7, 11, 4],
    ] as const) {
      const weights = encodeCodebook({ data: floats(rows * columns), rows, columns }, { type: 'nf4', block });
      const out = new Float32Array(rows * columns);
      await addon.dequantizeWeightsAsync(packLut4(weights), out);
      expect(out).toEqual(decodeCodebook(weights));
    }
  });

  it('are checked', () => {
    const pack = (codes: number, absmax: number, block: number, table = 16) =>
      addon.packLut4(new Uint8Array(codes), new Float32Array(table), new Float32Array(absmax), 8, 2, block);
    expectCode(() => pack(7, 2, 8), 'ERR_SHAPE', /codes must hold/);
    expectCode(() => pack(8, 1, 8), 'ERR_SHAPE', /absmax must hold/);
    expectCode(() => pack(8, 2, 8, 15), 'ERR_SHAPE', /table must hold 16/);
    expectCode(() => pack(8, 2, 0), 'ERR_RANGE', /block/);
    const packed = pack(8, 2, 8);
    expectCode(() => multiply(new Float32Array(7), packed, 1, 2), 'ERR_SHAPE', /x/);
    expectCode(
      () => addon.matmulFloat16(new Float32Array(8), packed, new Float32Array(2), 1, 8),
      'ERR_DTYPE',
      /16-bit/,
    );
    expectCode(() => addon.dequantizeWeights(packed, new Float32Array(15)), 'ERR_SHAPE', /out must hold/);
  });
});

describe('16-bit float weights', () => {
  it('give the bits of the product with the same weights in float32', () => {
    const [n, k] = [150, 67];
    const bits = Uint16Array.from({ length: n * k }, (_, i) => ((i * 2654435761) >>> 3) & 0xbbff);
    for (const bfloat16 of [false, true]) {
      const packed = addon.packFloat16(bits, k, n, true, bfloat16);
      expect(addon.packedShape(packed).type).toBe(bfloat16 ? 'bfloat16' : 'float16');
      const weight = new Float32Array(n * k);
      addon.dequantizeWeights(packed, weight);
      const widened = addon.packFloat32(weight, k, n, true);
      for (const m of [1, 4, 30]) {
        const [x, bias, expected] = [floats(m * k), floats(n, 5), new Float32Array(m * n)];
        addon.matmulFloat32(x, widened, expected, m, k, bias);
        expect(multiply(x, packed, m, n, bias)).toEqual(expected);
      }
    }
  });

  it('are widened exactly', () => {
    const halves = Uint16Array.of(0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x3c00, 0xc2ab, 0x7bff, 0x7c00);
    const out = new Float32Array(halves.length);
    addon.dequantizeWeights(addon.packFloat16(halves, halves.length, 1, true, false), out);
    expect([...out]).toEqual([0, -0, 2 ** -24, -1023 * 2 ** -24, 2 ** -14, 1, -(3 + 171 / 512), 65504, Infinity]);
    addon.dequantizeWeights(addon.packFloat16(halves, 1, halves.length, false, true), out);
    const words = new Uint32Array(out.buffer);
    expect([...words]).toEqual(Array.from(halves, (half) => half * 0x10000));
  });
});
