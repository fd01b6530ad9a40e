import { describe, expect, it } from 'vitest';
import { type QParams, QuantizedTensor, quantize, quantizeAsync, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { roundHalfToEven } from '../reference/float32_arithmetic';
import { type ByteType, channelAt, quantizeValue } from '../reference/quantized_values';
import { Random } from '../reference/random';

const TYPES = ['int8', 'uint8'] as const;
const LENGTHS = [0, 1, 7, 15, 16, 17, 31, 33, 63, 64, 65, 129];

function paramsOf(type: ByteType, scale: readonly number[], zeroPoint: readonly number[], axis?: number): QParams {
  const granularity = axis === undefined ? 'tensor' : { axis };
  return { type, scale: Float32Array.from(scale), zeroPoint: Int32Array.from(zeroPoint), granularity };
}

/** The quantized values by the definition, one at a time. */
function expectedOf(x: Float32Array, dims: readonly number[], params: QParams): Int8Array | Uint8Array {
  const { type, scale, zeroPoint, granularity } = params;
  const out = type === 'int8' ? new Int8Array(x.length) : new Uint8Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const channel = granularity === 'tensor' ? 0 : channelAt(i, dims, granularity.axis);
    out[i] = quantizeValue(x[i]!, scale[channel]!, zeroPoint[channel]!, type);
  }
  return out;
}

async function check(x: Float32Array, dims: readonly number[], params: QParams): Promise<void> {
  const q = quantize(Tensor.from(x, dims), params);
  const label = `${params.type} [${dims}] ${JSON.stringify(params.granularity)}`;
  expect(q).toBeInstanceOf(QuantizedTensor);
  expect([q.type, ...q.dims]).toEqual([params.type, ...dims]);
  expect(q.params).toBe(params);
  expectSameBits(q.data, expectedOf(x, dims, params), label);
  expectSameBits((await quantizeAsync(Tensor.from(x, dims), params)).data, q.data, `async ${label}`);
}

describe.each(TYPES)('quantize to %s', (type) => {
  const zeros = type === 'int8' ? [-128, -1, 0, 127] : [0, 1, 128, 255];

  it('follows the definition for every length and zero point', async () => {
    const random = new Random(1);
    for (const length of LENGTHS)
      for (const zero of zeros) await check(random.float32(length, 200), [length], paramsOf(type, [0.7], [zero]));
  });

  it('takes ties to even, saturates infinities, and makes NaN the zero point', async () => {
    const x = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, Infinity, -Infinity, Number.NaN, 1e30, -1e30, -0);
    const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
    const zero = type === 'int8' ? -5 : 100;
    const q = quantize(Tensor.from(x), paramsOf(type, [1], [zero]));
    const expected = [...[0, 2, 2, 0, -2, -2].map((v) => v + zero), high, low, zero, high, low, zero];
    expect([...q.data]).toEqual(expected);
    // Every position of a vector register sees every value.
    for (let shift = 0; shift < 17; shift++) {
      const shifted = Float32Array.from({ length: 51 }, (_, i) => x[(i + shift) % x.length]!);
      await check(shifted, [51], paramsOf(type, [1], [zero]));
    }
  });

  it('divides, where a product with the inverse would differ', async () => {
    const scale = Math.fround(0.013);
    const x = Float32Array.from({ length: 521 }, (_, i) => ((i - 260) / 2) * scale); // ties, as near as float32 comes
    const byInverse = x.map((v) => roundHalfToEven(Math.fround(v * Math.fround(1 / scale))));
    const byDivision = x.map((v) => roundHalfToEven(Math.fround(v / scale)));
    expect(byInverse.filter((v, i) => v !== byDivision[i])).toHaveLength(50);
    await check(x, [521], paramsOf(type, [scale], [zeros[2]!]));
  });

  it('takes any float32, with the smallest and largest scales', async () => {
    const x = new Random(4).anyFloat32(3000);
    for (const scale of [2 ** -149, 2 ** -126, 1, 3.4e38]) await check(x, [3000], paramsOf(type, [scale], [zeros[1]!]));
  });

  it.each([
    { dims: [7], axis: 0 },
    { dims: [3, 5], axis: 0 },
    { dims: [3, 5], axis: 1 },
    { dims: [3, 5], axis: -1 },
    { dims: [2, 33, 4], axis: 1 },
    { dims: [2, 33, 17], axis: -2 },
    { dims: [5, 1, 40], axis: 1 },
    { dims: [4, 6, 1], axis: 0 },
  ])('per channel: $dims along $axis', async ({ dims, axis }) => {
    const random = new Random(5);
    const count = dims.at(axis)!;
    const scale = Array.from({ length: count }, () => Math.fround(0.1 + random.next()));
    const zeroPoint = Array.from({ length: count }, () => random.pick(zeros));
    const x = random.float32(
      dims.reduce((product, dim) => product * dim),
      300,
    );
    await check(x, dims, paramsOf(type, scale, zeroPoint, axis));
  });
});

describe('quantize with a scheme', () => {
  it('finds the range in the data, per tensor and per channel', async () => {
    const x = Tensor.from(Float32Array.of(-1, 2, 4, 0, 0, 0), [2, 3]);
    const whole = quantize(x, { type: 'uint8', symmetric: false, granularity: 'tensor' });
    expect([...whole.params.scale, ...whole.params.zeroPoint]).toEqual([Math.fround(5 / 255), 51]);
    const rows = quantize(x, { type: 'int8', symmetric: true, granularity: { axis: 0 } });
    expect([...rows.params.scale]).toEqual([Math.fround(4 / 127), 1]);
    expect([...rows.data]).toEqual([-32, 64, 127, 0, 0, 0]);
    const columns = await quantizeAsync(x, { type: 'int8', symmetric: true, granularity: { axis: -1 } });
    expect([...columns.params.scale]).toEqual([1 / 127, 2 / 127, 4 / 127].map(Math.fround));
    expect(columns).toEqual(quantize(x, { type: 'int8', symmetric: true, granularity: { axis: -1 } }));
  });

  it.each([
    [Number.NaN, /1 NaN and 0 infinite/],
    [-Infinity, /0 NaN and 1 infinite/],
  ])('refuses data with %d, from which no range follows', async (bad, message) => {
    const x = Tensor.from(Float32Array.of(1, bad, 2));
    const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;
    expectCode(() => quantize(x, scheme), 'ERR_RANGE', message);
    await expectRejection(quantizeAsync(x, scheme), 'ERR_RANGE', message);
  });
});

describe('quantize writes into out', () => {
  const x = Tensor.from(Float32Array.of(-3, 0, 3));
  const params = paramsOf('int8', [1], [0]);

  it('and inside its bounds only', async () => {
    const whole = new Int8Array(5).fill(99);
    expect(quantize(x, params, { out: whole.subarray(1, 4) }).data.buffer).toBe(whole.buffer);
    expect([...whole]).toEqual([99, -3, 0, 3, 99]);
    const out = new Int8Array(3);
    expect((await quantizeAsync(x, params, { out })).data).toBe(out);
    expect([...out]).toEqual([-3, 0, 3]);
  });

  it('of the right length and type, apart from x', async () => {
    for (const out of [new Int8Array(2), new Int8Array(4)]) {
      expectCode(() => quantize(x, params, { out }), 'ERR_SHAPE', /out must have length 3/);
      await expectRejection(quantizeAsync(x, params, { out }), 'ERR_SHAPE', /out must have length 3/);
    }
    for (const out of [new Uint8Array(3), new Float32Array(3), [0, 0, 0], null] as never[]) {
      expectCode(() => quantize(x, params, { out }), 'ERR_DTYPE', /Int8Array/);
      await expectRejection(quantizeAsync(x, params, { out }), 'ERR_DTYPE', /Int8Array/);
    }
    const over = new Int8Array(x.data.buffer, 9, 3);
    expectCode(() => quantize(x, params, { out: over }), 'ERR_SHAPE', /overlap/);
  });
});

describe('quantize refuses', () => {
  const x = Tensor.from(new Float32Array(6), [2, 3]);
  const good = paramsOf('int8', [1], [0]);

  it.each([
    ['a scale of 0', paramsOf('int8', [0], [0]), 'ERR_RANGE', /scale/],
    ['a negative scale', paramsOf('int8', [-1], [0]), 'ERR_RANGE', /scale/],
    ['an infinite scale', paramsOf('int8', [Infinity], [0]), 'ERR_RANGE', /scale/],
    ['a scale that is NaN', paramsOf('int8', [Number.NaN], [0]), 'ERR_RANGE', /scale/],
    ['a zero point beyond int8', paramsOf('int8', [1], [128]), 'ERR_RANGE', /zeroPoint/],
    ['a zero point beyond uint8', paramsOf('uint8', [1], [-1]), 'ERR_RANGE', /zeroPoint/],
    ['two scales for a tensor', paramsOf('int8', [1, 1], [0, 0]), 'ERR_SHAPE', /one scale/],
    ['more scales than zero points', paramsOf('int8', [1, 1], [0], 0), 'ERR_SHAPE', /equally long/],
    ['scales for another axis', paramsOf('int8', [1, 1], [0, 0], 1), 'ERR_SHAPE', /2 scales.*3 channels/],
    ['an axis that does not exist', paramsOf('int8', [1, 1], [0, 0], 2), 'ERR_RANGE', /axis/],
    ['a negative axis that does not exist', paramsOf('int8', [1], [0], -3), 'ERR_RANGE', /axis/],
    ['blocks', { ...good, granularity: { axis: 0, block: 2 } }, 'ERR_UNSUPPORTED', /block/],
    ['a type that it does not know', { ...good, type: 'int32' }, 'ERR_RANGE', /int8, uint8/],
    ['a scale that is an array', { ...good, scale: [1] }, 'ERR_DTYPE', /Float32Array/],
    ['no parameters', undefined, 'ERR_DTYPE', /scheme/],
    ['a scheme without symmetry', { type: 'int8', granularity: 'tensor' }, 'ERR_DTYPE', /symmetric/],
    ['a scheme without granularity', { type: 'int8', symmetric: true }, 'ERR_DTYPE', /granularity/],
    [
      'a scheme with an unknown range',
      { type: 'int8', symmetric: true, granularity: 'tensor', range: 'wide' },
      'ERR_RANGE',
      /full, narrow/,
    ],
  ] as const)('%s', async (_, params, code, message) => {
    expectCode(() => quantize(x, params as QParams), code, message);
    await expectRejection(quantizeAsync(x, params as QParams), code, message);
  });

  it('more channels than memory has places', async () => {
    const empty = Tensor.from(new Float32Array(0), [2 ** 45, 0]);
    const scheme = { type: 'int8', symmetric: true, granularity: { axis: 0 } } as const;
    expectCode(() => quantize(empty, scheme), 'ERR_SHAPE', /cannot allocate/);
    await expectRejection(quantizeAsync(empty, scheme), 'ERR_SHAPE', /cannot allocate/);
  });

  it('a strided x', () => {
    expectCode(
      () => quantize({ ...x, data: x.data, dims: [2, 3], type: 'float32', strides: [3, 1] }, good),
      'ERR_SHAPE',
      /contiguous/,
    );
  });
});
