// Types of 4 and 16 bits, and blocks, against the definition one value at a time.
import { describe, expect, it } from 'vitest';
import {
  type AnyQParams,
  chooseParams,
  dequantize,
  dequantizeAsync,
  type Granularity,
  type QuantizedType,
  quantize,
  quantizeAsync,
  Tensor,
} from '../../lib';
import { expectCode, expectSameBits } from '../reference/expectations';
import { clamp, roundHalfToEven } from '../reference/float32_arithmetic';
import { Random } from '../reference/random';

const RANGES = {
  int4: [-8, 7],
  uint4: [0, 15],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
} as const;
const TYPES = Object.keys(RANGES) as QuantizedType[];

/** Which parameters the value at `index` has; blocks lie along the last axis. */
function channelOf(index: number, dims: readonly number[], granularity: Granularity): number {
  if (granularity === 'tensor') return 0;
  if ('block' in granularity) return Math.floor(index / granularity.block);
  const inner = dims.slice(granularity.axis + 1).reduce((product, dim) => product * dim, 1);
  return Math.floor(index / inner) % dims[granularity.axis]!;
}

function expectedOf(x: Float32Array, dims: readonly number[], params: AnyQParams): number[] {
  const [low, high] = RANGES[params.type];
  return Array.from(x, (value, i) => {
    const c = channelOf(i, dims, params.granularity);
    const quotient = Math.fround(value / params.scale[c]!);
    const zero = params.zeroPoint[c]!;
    return Number.isNaN(quotient) ? zero : clamp(roundHalfToEven(quotient) + zero, low, high);
  });
}

/** The values of a tensor's data, those of 4 bits taken from their bytes. */
function valuesOf(type: QuantizedType, data: ArrayLike<number>, count: number): number[] {
  if (!type.endsWith('4')) return Array.from(data);
  return Array.from({ length: count }, (_, i) => {
    const nibble = (data[i >> 1]! >> (4 * (i % 2))) & 15;
    return type === 'int4' && nibble > 7 ? nibble - 16 : nibble;
  });
}

const FORMS: readonly { dims: number[]; granularity: Granularity; channels: number }[] = [
  { dims: [0], granularity: 'tensor', channels: 1 },
  { dims: [1], granularity: 'tensor', channels: 1 },
  { dims: [9001], granularity: 'tensor', channels: 1 },
  { dims: [3, 5], granularity: { axis: 0 }, channels: 3 },
  { dims: [3, 5], granularity: { axis: 1 }, channels: 5 },
  { dims: [2, 3, 7], granularity: { axis: 1 }, channels: 3 },
  { dims: [700, 13], granularity: { axis: 1 }, channels: 13 },
  { dims: [5, 1999], granularity: { axis: 0 }, channels: 5 },
  { dims: [4, 96], granularity: { axis: 1, block: 32 }, channels: 12 },
  { dims: [2, 3, 15], granularity: { axis: 2, block: 5 }, channels: 18 },
];

describe.each(TYPES)('%s', (type) => {
  const random = new Random(TYPES.indexOf(type) + 91);
  const [low, high] = RANGES[type];
  const span = high - low;

  it.each(FORMS)('is the definition for $dims by $granularity', async ({ dims, granularity, channels }) => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const x = random.float32(count, span * 0.8);
    if (count > 6) x.set([Number.NaN, Infinity, -Infinity, 0.5, -0, 3.4e38]);
    const params = {
      type,
      scale: Float32Array.from({ length: channels }, () => Math.fround(0.1 + random.next())),
      zeroPoint: random.int32(channels, low, high),
      granularity,
    };
    const q = quantize(Tensor.from(x, dims), params);
    const expected = expectedOf(x, dims, params);
    expect(valuesOf(type, q.data as ArrayLike<number>, count)).toEqual(expected);
    if (type.endsWith('4') && count % 2 === 1) expect((q.data.at(-1) as number) >> 4).toBe(0);
    expect((await quantizeAsync(Tensor.from(x, dims), params)).data).toEqual(q.data);
    const back = expected.map((value, i) => {
      const c = channelOf(i, dims, granularity);
      return Math.fround((value - params.zeroPoint[c]!) * params.scale[c]!);
    });
    expectSameBits(dequantize(q).data, Float32Array.from(back));
    expectSameBits((await dequantizeAsync(q)).data, Float32Array.from(back));
  });

  it('rounds ties to even', () => {
    const params = {
      type,
      scale: Float32Array.of(2),
      zeroPoint: Int32Array.of(low + 4),
      granularity: 'tensor',
    } as const;
    const q = quantize(Tensor.from(Float32Array.of(1, 3, 5, -1, -3)), params);
    expect(valuesOf(type, q.data as ArrayLike<number>, 5).map((value) => value - (low + 4) + 0)).toEqual([
      0, 2, 2, 0, -2,
    ]);
  });

  it('takes its range from the data by a scheme, real 0 exact', () => {
    const x = Tensor.from(random.float32(64, 3), [4, 16]);
    for (const symmetric of [true, false]) {
      const q = quantize(x, { type, symmetric, granularity: { axis: 1, block: 8 } });
      expect(q.params.scale.length).toBe(8);
      const back = dequantize(q).data;
      x.data.forEach((value, i) => {
        expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(1.001 * q.params.scale[Math.floor(i / 8)]!);
      });
      expect(
        dequantize(
          quantize(
            Tensor.from(new Float32Array(2)),
            chooseParams({ min: -1, max: 3 }, { type, symmetric, granularity: 'tensor' }),
          ),
        ).data,
      ).toEqual(new Float32Array(2));
    }
  });
});

describe('quantize refuses', () => {
  const params = { type: 'int4', scale: new Float32Array(2).fill(1), zeroPoint: new Int32Array(2) } as const;
  const x = Tensor.from(new Float32Array(12), [2, 6]);

  it.each([
    [
      'a zero point beyond 4 bits',
      { ...params, zeroPoint: Int32Array.of(0, 8), granularity: { axis: 0 } },
      'ERR_RANGE',
    ],
    ['blocks that end within a row', { ...params, granularity: { axis: 1, block: 4 } }, 'ERR_UNSUPPORTED'],
    ['blocks along another axis', { ...params, granularity: { axis: 0, block: 1 } }, 'ERR_UNSUPPORTED'],
    ['too few blocks', { ...params, granularity: { axis: 1, block: 3 } }, 'ERR_SHAPE'],
    ['blocks of no length', { ...params, granularity: { axis: 1, block: 0 } }, 'ERR_RANGE'],
  ] as const)('%s', (_, how, code) => {
    expectCode(() => quantize(x, how), code);
  });

  it('an output of another length or class', () => {
    const how = { ...params, granularity: { axis: 0 } } as const;
    expectCode(() => quantize(x, how, { out: new Uint8Array(12) }), 'ERR_SHAPE', /length 6/);
    expectCode(() => quantize(x, how, { out: new Int8Array(6) as never }), 'ERR_DTYPE', /Uint8Array/);
    const out = new Uint8Array(6);
    expect(quantize(x, how, { out }).data).toBe(out);
  });
});
