import { describe, expect, it } from 'vitest';
import { type AnyScheme, chooseParams, dequantize, type QuantizedType, quantize, type Scheme, Tensor } from '../../lib';
import { affineParams } from '../../lib/quantize/affine_params';
import { expectCode } from '../reference/expectations';
import { roundHalfToEven } from '../reference/float32_arithmetic';
import { Random } from '../reference/random';

const scheme = <T extends QuantizedType>(type: T, symmetric: boolean, range?: 'full' | 'narrow'): Scheme<T> => ({
  type,
  symmetric,
  granularity: 'tensor',
  ...(range === undefined ? {} : { range }),
});

/** [scale, zeroPoint] for one range. */
function choose(min: number, max: number, how: AnyScheme): [number, number] {
  const { scale, zeroPoint, ...rest } = chooseParams({ min, max }, how);
  expect(rest).toEqual({ type: how.type, granularity: how.granularity });
  return [scale[0]!, zeroPoint[0]!];
}

describe('chooseParams', () => {
  // Values of the published rules, computed apart from this code.
  it.each([
    ['(-1, 3) as uint8', -1, 3, scheme('uint8', false), 0.01568627543747425, 64],
    ['(-1, 3) as int8', -1, 3, scheme('int8', false), 0.01568627543747425, -64],
    ['(-1, 3) as symmetric int8, narrow by default', -1, 3, scheme('int8', true), 0.023622047156095505, 0],
    ['(-1, 3) as symmetric int8, full', -1, 3, scheme('int8', true, 'full'), 0.0235294122248888, 0],
    ['(-3, 1) as symmetric int8', -3, 1, scheme('int8', true), 0.023622047156095505, 0],
    ['(-1, 3) as symmetric uint8', -1, 3, scheme('uint8', true), 0.0235294122248888, 128],
    ['(-1, 3) as symmetric narrow uint8', -1, 3, scheme('uint8', true, 'narrow'), 0.023622047156095505, 128],
    ['(-1, 3) as int4', -1, 3, scheme('int4', false), Math.fround(4 / 15), -4],
    ['(-1, 3) as symmetric int4, narrow by default', -1, 3, scheme('int4', true), Math.fround(3 / 7), 0],
    ['(-1, 3) as symmetric int4, full', -1, 3, scheme('int4', true, 'full'), Math.fround(0.4), 0],
    ['(-1, 3) as uint4', -1, 3, scheme('uint4', false), Math.fround(4 / 15), 4],
    ['(-1, 3) as symmetric uint4', -1, 3, scheme('uint4', true), Math.fround(0.4), 8],
    ['(-1, 3) as int16', -1, 3, scheme('int16', false), Math.fround(4 / 65535), -16384],
    ['(-1, 3) as symmetric int16', -1, 3, scheme('int16', true), Math.fround(3 / 32767), 0],
    ['(-1, 3) as uint16', -1, 3, scheme('uint16', false), Math.fround(4 / 65535), 16384],
    ['(-1, 3) as symmetric uint16', -1, 3, scheme('uint16', true), Math.fround(6 / 65535), 32768],
    ['(0, 6) as uint8', 0, 6, scheme('uint8', false), 0.0235294122248888, 0],
    ['(0, 6) as int8', 0, 6, scheme('int8', false), 0.0235294122248888, -128],
    ['(2, 6) as uint8: 0 is taken in', 2, 6, scheme('uint8', false), 0.0235294122248888, 0],
    ['(-6, -2) as uint8: 0 is taken in', -6, -2, scheme('uint8', false), 0.0235294122248888, 255],
    ['(-6, -2) as int8', -6, -2, scheme('int8', false), 0.0235294122248888, 127],
    ['(-1, 3) as narrow int8', -1, 3, scheme('int8', false, 'narrow'), Math.fround(4 / 254), -64],
    ['(0, 254) as narrow uint8', 0, 254, scheme('uint8', false, 'narrow'), 1, 1],
  ] as const)('%s', (_, min, max, how, scale, zeroPoint) => {
    expect(choose(min, max, how)).toEqual([scale, zeroPoint]);
  });

  it('takes ties of the zero point to even', () => {
    // -min / scale is 0.5, 1.5 and 2.5.
    expect([0.5, 1.5, 2.5].map((low) => choose(-low, 255 - low, scheme('uint8', false))[1])).toEqual([0, 2, 2]);
  });

  it.each(['int8', 'uint8'] as const)('gives a range of nothing but 0 scale 1, %s', (type) => {
    expect(choose(0, 0, scheme(type, true))).toEqual([1, type === 'int8' ? 0 : 128]);
    expect(choose(0, 0, scheme(type, false))).toEqual([1, type === 'int8' ? -128 : 0]);
    expect(choose(-0, 0, scheme(type, false))).toEqual([1, type === 'int8' ? -128 : 0]);
  });

  it('keeps the scale a normal, finite float32', () => {
    expect(choose(0, 2 ** -149, scheme('int8', true))[0]).toBe(2 ** -126);
    expect(choose(-(2 ** -130), 2 ** -130, scheme('uint8', false))[0]).toBe(2 ** -126);
    const largest = 3.4028234663852886e38;
    expect(choose(-largest, largest, scheme('uint8', false))).toEqual([Math.fround((2 * largest) / 255), 128]);
    expect(choose(-largest, largest, scheme('int8', true))).toEqual([Math.fround(largest / 127), 0]);
  });

  it('makes real 0 exact and every value of the range good to half a step, whatever the range', () => {
    const random = new Random(31);
    for (let i = 0; i < 500; i++) {
      const size = 10 ** random.integer(-20, 20);
      const [min, max] = [random.next() * size - size / 3, random.next() * size].sort((a, b) => a - b) as [
        number,
        number,
      ];
      const how = scheme(
        random.pick(['int8', 'uint8']),
        random.pick([true, false]),
        random.pick([undefined, 'full', 'narrow']),
      );
      const params = chooseParams({ min: Math.fround(min), max: Math.fround(max) }, how);
      const step = params.scale[0]!;
      const x = Float32Array.from([0, min, max, (min + max) / 2, max / 3]);
      const back = dequantize(quantize(Tensor.from(x), params)).data;
      expect(Object.is(back[0], 0)).toBe(true);
      // The zero point is rounded, so an end of the range may be half a step outside of it, and clamped.
      for (let j = 1; j < x.length; j++) expect(Math.abs(back[j]! - x[j]!) / step).toBeLessThanOrEqual(1.001);
      for (const j of [3, 4]) expect(Math.abs(back[j]! - x[j]!) / step).toBeLessThanOrEqual(0.501);
    }
  });

  it('chooses for every channel apart', () => {
    const random = new Random(32);
    const min = random.float32(9, 5);
    const max = min.map((low) => low + 1);
    for (const type of ['int8', 'uint8'] as const) {
      const all = chooseParams({ min, max }, { type, symmetric: false, granularity: { axis: 1 } });
      expect(all.granularity).toEqual({ axis: 1 });
      min.forEach((low, i) => {
        expect([all.scale[i], all.zeroPoint[i]]).toEqual(choose(low, max[i]!, scheme(type, false)));
      });
    }
  });

  it('follows scale = (max - min) / levels and zeroPoint = round(low - min / scale) in float32', () => {
    const random = new Random(33);
    for (let i = 0; i < 500; i++) {
      const [min, max] = [-random.next() * random.next(), random.next() * 10].map(Math.fround) as [number, number];
      const scale = Math.fround((max - min) / 255);
      const zeroPoint = Math.min(Math.max(roundHalfToEven(-128 - Math.fround(min / scale)), -128), 127);
      expect(choose(min, max, scheme('int8', false))).toEqual([scale, zeroPoint]);
    }
  });
});

describe('affineParams', () => {
  it('takes any range of quantized values', () => {
    expect(affineParams([-1, 3], [-64, 64], true)).toEqual([0.046875, 0]);
    expect(affineParams([-1, 3], [-64, 64], false)).toEqual([0.03125, -32]);
  });
});

describe('chooseParams refuses', () => {
  const int8 = scheme('int8', true);
  const perChannel: Scheme = { ...int8, granularity: { axis: 0 } };

  it.each([
    ['NaN', { min: Number.NaN, max: 1 }, int8, 'ERR_RANGE', /finite/],
    ['infinity', { min: 0, max: Infinity }, int8, 'ERR_RANGE', /finite/],
    ['what becomes infinite in float32', { min: 0, max: 1e39 }, int8, 'ERR_RANGE', /finite/],
    ['min above max', { min: 2, max: 1 }, int8, 'ERR_RANGE', /min <= max/],
    [
      'a bad range among good ones',
      { min: Float32Array.of(0, 3), max: Float32Array.of(1, 2) },
      perChannel,
      'ERR_RANGE',
      /range 1/,
    ],
    ['unequal lengths', { min: new Float32Array(2), max: new Float32Array(3) }, perChannel, 'ERR_SHAPE', /2 and 3/],
    ['two ranges for a tensor', { min: new Float32Array(2), max: new Float32Array(2) }, int8, 'ERR_SHAPE', /one range/],
    ['an array of numbers', { min: [0], max: [1] }, int8, 'ERR_DTYPE', /Float32Array/],
    ['strings', { min: '0', max: '1' }, int8, 'ERR_DTYPE', /number/],
    ['no range', null, int8, 'ERR_DTYPE', /min, max/],
    ['no scheme', { min: 0, max: 1 }, undefined, 'ERR_DTYPE', /scheme/],
    ['an unknown type', { min: 0, max: 1 }, { ...int8, type: 'int32' }, 'ERR_RANGE', /int8, uint8/],
    ['a fractional axis', { min: 0, max: 1 }, { ...int8, granularity: { axis: 0.5 } }, 'ERR_DTYPE', /axis/],
    ['blocks of nothing', { min: 0, max: 1 }, { ...int8, granularity: { axis: 0, block: 0 } }, 'ERR_RANGE', /block/],
  ] as const)('%s', (_, range, how, code, message) => {
    expectCode(() => chooseParams(range as never, how as never), code, message);
  });
});
