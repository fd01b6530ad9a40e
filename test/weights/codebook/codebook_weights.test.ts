// NF4 and FP4 against bitsandbytes: tables, codes, double quantization, sizes.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  absmaxOf,
  codeTable,
  decodeCodebook,
  encodeCodebook,
  nestAbsmax,
  unnestAbsmax,
  weightSize,
} from '../../../lib/weights';
import { DYNAMIC_MAP } from '../../../lib/weights/codebook/dynamic_map';
import { NumpyRandom } from '../numpy_random';
import { nearestCode, nearestOfMap } from './codebook_reference';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const one = (values: ArrayLike<number>) => ({ data: Float32Array.from(values), rows: 1, columns: values.length });

it('equals the golden vector of NF4', () => {
  const x = one(Array.from({ length: 64 }, (_, i) => 0.05 * Math.sin(0.7 * i)));
  const weights = encodeCodebook(x, { type: 'nf4', doubleQuantization: false });
  expect(hex(weights.codes)).toBe('7effb30017efeb30017efeb30028efea30028efea30028efea30028efea30028');
  expect((weights.absmax as Float32Array)[0]).toBeCloseTo(0.04987787, 8);
  const real = decodeCodebook(weights);
  const mse = real.reduce((sum, value, i) => sum + (value - x.data[i]!) ** 2, 0) / 64;
  expect(mse).toBeCloseTo(9.004226e-6, 11);
});

it('has the midpoints of NF4 as float32, and those belong to the code below', () => {
  const midpoints = [
    -0.8480963706970215, -0.6106328964233398, -0.4599952697753906, -0.33967941999435425, -0.23460739850997925,
    -0.13791173696517944, -0.045525018125772476, 0.03979014977812767, 0.120255246758461, 0.2035212516784668,
    0.2920137643814087, 0.3893125355243683, 0.5016634464263916, 0.6427869200706482, 0.8614784479141235,
  ];
  midpoints.forEach((midpoint, code) => {
    expect(nearestCode('nf4', midpoint)).toBe(code);
    expect(nearestCode('nf4', Math.fround(midpoint + Math.abs(midpoint) * 2 ** -23))).toBe(code + 1);
  });
  codeTable('nf4').forEach((value, code) => {
    expect(nearestCode('nf4', value)).toBe(code);
  });
});

it('has the codes of FP4 in the order of their bits, and keeps the sign of what becomes 0', () => {
  expect(Array.from(codeTable('fp4'), (value) => value * 12).map(Math.fround)).toEqual(
    [0, 0.0625, 8, 12, 4, 6, 2, 3, -0, -0.0625, -8, -12, -4, -6, -2, -3].map(Math.fround),
  );
  codeTable('fp4').forEach((value, code) => {
    if (!Object.is(value, -0)) expect(nearestCode('fp4', value)).toBe(code);
  });
  expect([-0.002, 0.002, 0, -0].map((x) => nearestCode('fp4', x))).toEqual([8, 0, 0, 0]);
  for (let i = -1200; i <= 1200; i++) {
    const [x, found] = [i / 1200, codeTable('fp4')[nearestCode('fp4', i / 1200)]!];
    const least = codeTable('fp4').reduce((best, value) => Math.min(best, Math.abs(value - x)), 2);
    expect(Math.abs(found - x)).toBeLessThan(least + 1e-6);
  }
});

it("has PyTorch's dynamic map to the bit", () => {
  const bytes = new Uint8Array(DYNAMIC_MAP.buffer);
  const known = 'e732639a65f497b4ad684bb166a4467708255edd5207757de8b8f0c7e1fda89c';
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(known);
  DYNAMIC_MAP.forEach((value, code) => {
    expect(nearestOfMap(value)).toBe(code);
  });
  for (let i = 0; i < 255; i++) {
    const [low, high] = [DYNAMIC_MAP[i]!, DYNAMIC_MAP[i + 1]!];
    expect(nearestOfMap(low + (high - low) * 0.49)).toBe(i);
    expect(nearestOfMap(low + (high - low) * 0.51)).toBe(i + 1);
    expect(nearestOfMap(Math.fround(Math.fround(low + high) / 2)) % 2).toBe(0);
  }
  expect([nearestOfMap(-1), nearestOfMap(1)]).toEqual([0, 255]);
});

describe('on normal weights in blocks of 64', () => {
  const random = new NumpyRandom();
  const matrix = { data: Float32Array.from(random.normals(2 ** 20)), rows: 1024, columns: 1024 };
  const power = matrix.data.reduce((sum, value) => sum + value * value, 0);
  const errorOf = (type: 'nf4' | 'fp4', doubleQuantization: boolean) => {
    const real = decodeCodebook(encodeCodebook(matrix, { type, doubleQuantization }));
    return real.reduce((sum, value, i) => sum + (value - matrix.data[i]!) ** 2, 0) / power;
  };

  it('has the relative error of NF4, 0.00847, which double quantization raises by less than 0.1 %', () => {
    const plain = errorOf('nf4', false);
    expect(Math.abs(plain / 0.00847 - 1)).toBeLessThan(0.01);
    const nested = errorOf('nf4', true);
    expect(nested).toBeGreaterThan(plain);
    expect(nested / plain - 1).toBeLessThan(0.001);
  });

  it('has the relative error of FP4, 0.01487', () => {
    expect(Math.abs(errorOf('fp4', false) / 0.01487 - 1)).toBeLessThan(0.01);
  });

  it('takes 4.5 bits a weight, with double quantization 4.127', () => {
    expect(weightSize(encodeCodebook(matrix, { type: 'nf4', doubleQuantization: false })).bitsPerWeight).toBe(4.5);
    const { bytes, bitsPerWeight } = weightSize(encodeCodebook(matrix, { type: 'nf4' }));
    expect(bytes).toBe(2 ** 19 + 2 ** 14 + 4 * 2 ** 6 + 4);
    expect(bitsPerWeight).toBeCloseTo(4.12695, 4);
  });
});

it('errs by at most a few thousandths in magnitudes, and is exact where all are equal', () => {
  const absmax = Float32Array.from({ length: 1000 }, (_, i) => 2 + Math.sin(i * i));
  const nested = nestAbsmax(absmax);
  expect([nested.codes.length, nested.scale.length]).toEqual([1000, 4]);
  unnestAbsmax(nested).forEach((value, i) => {
    expect(Math.abs(value - absmax[i]!)).toBeLessThan(0.008);
  });
  const same = new Float32Array(300).fill(0.7);
  expect(unnestAbsmax(nestAbsmax(same))).toEqual(same);
  expect(unnestAbsmax(nestAbsmax(new Float32Array(0)))).toHaveLength(0);
});

it('takes shorter last blocks, odd counts and blocks over the ends of rows', () => {
  const data = Float32Array.from({ length: 3 * 35 }, (_, i) => Math.sin(i) * (1 + i));
  const weights = encodeCodebook({ data, rows: 3, columns: 35 }, { type: 'nf4', block: 64, doubleQuantization: false });
  expect([weights.codes.length, absmaxOf(weights).length, weights.codes[52]! & 15]).toEqual([53, 2, 0]);
  const real = decodeCodebook(weights);
  data.forEach((value, i) => {
    const largest = (weights.absmax as Float32Array)[i < 64 ? 0 : 1]!;
    expect(Math.abs(real[i]! - value)).toBeLessThan(0.16 * largest);
    if (Math.abs(value) === largest && value > 0) expect(real[i]).toBe(value);
  });
});

it('keeps zeros, and values whose inverse is infinite', () => {
  const zeros = encodeCodebook(one(new Float32Array(64)), { type: 'nf4' });
  expect(hex(zeros.codes)).toBe('77'.repeat(32));
  expect(decodeCodebook(zeros).every((value) => value === 0)).toBe(true);
  const tiny = encodeCodebook(one([1e-42, -1e-42]), { type: 'nf4', doubleQuantization: false });
  expect(decodeCodebook(tiny).every((value) => Math.abs(value) < 1e-41)).toBe(true);
});

it.each([
  [{ type: 'nf5' }, 'ERR_RANGE'],
  [{ type: 'nf4', block: 63 }, 'ERR_RANGE'],
  [{ type: 'nf4', block: 0 }, 'ERR_RANGE'],
  [{ type: 'nf4', block: '64' }, 'ERR_DTYPE'],
])('refuses the scheme %o', (scheme, code) => {
  expect(() => encodeCodebook(one([1, 2]), scheme as never)).toThrow(expect.objectContaining({ code }));
});

it('refuses weights that are not finite', () => {
  expect(() => encodeCodebook(one([1, Number.NaN]), { type: 'nf4' })).toThrow(/NaN at index 1/);
});
