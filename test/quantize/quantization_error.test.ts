import { describe, expect, it } from 'vitest';
import {
  type AnyQParams,
  chooseParams,
  dequantize,
  type ErrorStatistics,
  QuantizedTensor,
  quantizationError,
  quantizationErrorAsync,
  quantize,
  Tensor,
} from '../../lib';
import { expectCode } from '../reference/expectations';
import { Random } from '../reference/random';

const INT8 = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;
const UINT8 = { type: 'uint8', symmetric: false, granularity: 'tensor' } as const;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The errors of pairs, by the definition. */
function plainErrors(
  x: readonly number[],
  y: readonly number[],
  params: AnyQParams,
  c: number,
  low: number,
  high: number,
): ErrorStatistics {
  const both = x
    .map((value, i) => [value, y[i]!] as const)
    .filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  const errors = both.map(([a, b]) => a - b);
  const squares = sum(errors.map((error) => error * error));
  const [power, other] = [sum(both.map(([a]) => a * a)), sum(both.map(([, b]) => b * b))];
  const [scale, zero] = [params.scale[c]!, params.zeroPoint[c]!];
  const beyond = both.filter(([a]) => a / scale < low - zero - 0.5 || a / scale > high - zero + 0.5);
  const codes = both.map(([a]) => Math.min(Math.max(Math.round(a / scale) + zero, low), high));
  return {
    count: both.length,
    mse: squares / both.length,
    sqnr: 10 * Math.log10(power / squares),
    cosine: sum(both.map(([a, b]) => a * b)) / Math.sqrt(power * other),
    maxError: Math.max(...errors.map(Math.abs)),
    clippingRate: beyond.length / both.length,
    deadRange: 1 - (Math.max(...codes) - Math.min(...codes)) / (high - low),
  };
}

function expectClose(found: ErrorStatistics, expected: ErrorStatistics): void {
  for (const key of Object.keys(expected) as (keyof ErrorStatistics)[])
    expect(Math.abs(found[key] - expected[key]), key).toBeLessThanOrEqual(1e-11 * (1 + Math.abs(expected[key])));
}

describe('quantizationError', () => {
  const random = new Random(61);

  it('is the definition, per tensor', () => {
    for (const count of [1, 2, 7, 1024, 5000]) {
      const x = Tensor.from(random.float32(count, 4));
      const params = chooseParams({ min: -1.5, max: 2 }, UINT8);
      const found = quantizationError(x, params);
      const y = dequantize(quantize(x, params));
      expectClose(found, plainErrors(Array.from(x.data), Array.from(y.data), params, 0, 0, 255));
      expect(found.channels).toEqual([expect.objectContaining({ mse: found.mse, deadRange: found.deadRange })]);
    }
  });

  it('is that of parameters and of the tensor that they make, synchronous or not', async () => {
    const x = Tensor.from(random.float32(3000, 4), [30, 100]);
    const q = quantize(x, { ...INT8, granularity: { axis: 1 } });
    const expected = quantizationError(x, q);
    expect(quantizationError(x, q.params)).toEqual(expected);
    expect(await quantizationErrorAsync(x, q)).toEqual(expected);
    expect(await quantizationErrorAsync(x, q.params)).toEqual(expected);
  });

  it.each([
    ['rows', { axis: 0 }, (i: number) => Math.floor(i / 60)],
    ['the axis between', { axis: 1 }, (i: number) => Math.floor(i / 10) % 6],
    ['columns', { axis: 2 }, (i: number) => i % 10],
    ['blocks', { axis: 2, block: 5 }, (i: number) => Math.floor(i / 5)],
  ] as const)('per channel along %s', (_, granularity, channelOf) => {
    const x = Tensor.from(random.float32(50 * 60, 3), [50, 6, 10]);
    const q = quantize(x, { type: 'int4', symmetric: false, granularity });
    const y = dequantize(q).data;
    const found = quantizationError(x, q);
    expect(found.channels.length).toBe(q.params.scale.length);
    found.channels.forEach((errors, c) => {
      const own = (values: Float32Array) => Array.from(values).filter((_value, i) => channelOf(i) === c);
      expectClose(errors, plainErrors(own(x.data), own(y), q.params, c, -8, 7));
    });
    expect(found.count).toBe(3000);
    expect(found.mse).toBeCloseTo(sum(found.channels.map((one) => one.mse * one.count)) / 3000, 12);
  });

  it('per channel with parameters of the whole tensor', () => {
    const x = Tensor.from(random.float32(60, 3), [6, 10]);
    const params = chooseParams({ min: -2, max: 2 }, INT8);
    const found = quantizationError(x, params, { axis: 0 });
    expect(found.channels.length).toBe(6);
    found.channels.forEach((errors, c) => {
      const row = Tensor.from(x.data.slice(10 * c, 10 * c + 10));
      expect(quantizationError(row, params).channels[0]).toEqual(errors);
    });
  });

  it('leaves out and counts what is not finite', () => {
    const params = chooseParams({ min: -1, max: 1 }, INT8);
    const found = quantizationError(Tensor.from(Float32Array.of(Number.NaN, 0.5, Infinity, -3, -Infinity)), params);
    expect([found.count, found.leftOut]).toEqual([2, 3]);
    expect(found.clippingRate).toBe(0.5);
    expect(found.maxError).toBeCloseTo(3 - 128 / 127, 6);
  });

  it('is defined without values, and for zeros', () => {
    const params = chooseParams({ min: -1, max: 1 }, INT8);
    const nothing = { count: 0, mse: 0, sqnr: Infinity, cosine: 1, maxError: 0, clippingRate: 0, deadRange: 1 };
    expect(quantizationError(Tensor.from(new Float32Array(0)), params)).toMatchObject(nothing);
    expect(quantizationError(Tensor.from(new Float32Array(3)), params)).toMatchObject({ ...nothing, count: 3 });
    const lost = quantizationError(Tensor.from(Float32Array.of(1e-9)), params);
    expect([lost.cosine, lost.sqnr]).toEqual([0, 0]);
  });

  it('of uint8 values is not that of the same bytes as int8', () => {
    const bytes = Uint8Array.of(0, 127, 128, 255);
    const params = {
      type: 'uint8',
      scale: Float32Array.of(1),
      zeroPoint: Int32Array.of(128),
      granularity: 'tensor',
    } as const;
    const x = Tensor.from(Float32Array.of(-128, -1, 0, 127));
    expect(quantizationError(x, new QuantizedTensor(bytes, [4], params)).maxError).toBe(0);
  });

  it('has half of a range dead where data of one sign meet a symmetric scheme', () => {
    const x = Tensor.from(Float32Array.from({ length: 100 }, (_, i) => i));
    expect(quantizationError(x, quantize(x, INT8)).deadRange).toBeCloseTo(1 - 127 / 255, 12);
    expect(quantizationError(x, quantize(x, UINT8)).deadRange).toBe(0);
  });

  it('refuses what does not fit', () => {
    const x = Tensor.from(new Float32Array(6), [2, 3]);
    const rows = quantize(x, { ...INT8, granularity: { axis: 0 } });
    expectCode(() => quantizationError(Tensor.from(x.data, [3, 2]), rows), 'ERR_SHAPE', /dims \[3, 2\]/);
    expectCode(() => quantizationError(x, rows, { axis: 1 }), 'ERR_UNSUPPORTED', /whole tensor/);
    expectCode(() => quantizationError(x, null as never), 'ERR_DTYPE', /parameters/);
    expectCode(() => quantizationError(rows as never, rows), 'ERR_DTYPE', /float32/);
  });
});
