import { describe, expect, it } from 'vitest';
import { dequantize, dequantizeAsync, type QParams, QuantizedTensor, quantize, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { type ByteType, channelAt, dequantizeValue } from '../reference/quantized_values';
import { Random } from '../reference/random';

const random = new Random(21);

function tensorOf(type: ByteType, dims: readonly number[], axis?: number): QuantizedTensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const channels = axis === undefined ? 1 : dims.at(axis)!;
  const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
  const params: QParams = {
    type,
    scale: Float32Array.from({ length: channels }, () => Math.fround(random.next() + 0.01)),
    zeroPoint: random.int32(channels, low, high),
    granularity: axis === undefined ? 'tensor' : { axis },
  };
  return new QuantizedTensor<ByteType>(random[type](count), dims, params);
}

function expectedOf(q: QuantizedTensor, axis?: number): Float32Array {
  return Float32Array.from(q.data, (value, i) => {
    const channel = axis === undefined ? 0 : channelAt(i, q.dims, axis);
    return dequantizeValue(value, q.params.scale[channel]!, q.params.zeroPoint[channel]!);
  });
}

describe.each(['int8', 'uint8'] as const)('dequantize of %s', (type) => {
  it.each([
    { dims: [0] },
    { dims: [1] },
    { dims: [15] },
    { dims: [16] },
    { dims: [33] },
    { dims: [8, 129] },
    { dims: [7], axis: 0 },
    { dims: [3, 5], axis: 0 },
    { dims: [3, 35], axis: -1 },
    { dims: [2, 3, 17], axis: 1 },
    { dims: [5, 1, 4], axis: 1 },
  ])('is scale * (q - zeroPoint): $dims along $axis', async ({ dims, axis }) => {
    const q = tensorOf(type, dims, axis);
    const x = dequantize(q);
    expect([x.type, ...x.dims]).toEqual(['float32', ...dims]);
    expectSameBits(x.data, expectedOf(q, axis));
    expectSameBits((await dequantizeAsync(q)).data, x.data);
  });

  it('takes every byte back to within half a step, and reaches infinity only by overflow', () => {
    const bytes = Tensor.from(Float32Array.from({ length: 256 }, (_, i) => i * 0.05 - 3));
    const q = quantize(bytes, { type, symmetric: false, granularity: 'tensor' });
    const back = dequantize(q).data;
    const step = q.params.scale[0]!;
    for (let i = 0; i < 256; i++) expect(Math.abs(back[i]! - bytes.data[i]!)).toBeLessThanOrEqual(0.5001 * step);
    const huge: QParams = { type, scale: Float32Array.of(3e38), zeroPoint: Int32Array.of(0), granularity: 'tensor' };
    expect(
      dequantize(new QuantizedTensor<ByteType>(type === 'int8' ? Int8Array.of(2) : Uint8Array.of(2), [1], huge))
        .data[0],
    ).toBe(Infinity);
  });
});

it('writes to the array that it is given, and refuses one that does not fit', async () => {
  const q = tensorOf('int8', [3, 5]);
  const [out, asyncOut] = [new Float32Array(15), new Float32Array(15)];
  expect(dequantize(q, { out }).data).toBe(out);
  expect((await dequantizeAsync(q, { out: asyncOut })).data).toBe(asyncOut);
  expectSameBits(out, expectedOf(q));
  expectSameBits(asyncOut, out);
  const shared = new Float32Array(3);
  const few = { ...q, dims: [3], data: new Int8Array(shared.buffer, 4, 3) } as unknown as typeof q;
  for (const [given, wrong, code, message] of [
    [q, new Float32Array(14), 'ERR_SHAPE', /length 15/],
    [q, new Float64Array(15), 'ERR_DTYPE', /Float32Array/],
    [few, shared, 'ERR_SHAPE', /overlap q/],
  ] as const)
    expectCode(() => dequantize(given, { out: wrong as Float32Array }), code, message);
  await expectRejection(dequantizeAsync(q, { out: new Float32Array(14) }), 'ERR_SHAPE', /length 15/);
  expectCode(() => dequantize(q, 3 as never), 'ERR_DTYPE', /options/);
});

describe('dequantize refuses', () => {
  const params: QParams = {
    type: 'int8',
    scale: Float32Array.of(1),
    zeroPoint: Int32Array.of(0),
    granularity: 'tensor',
  };
  const q = { type: 'int8', dims: [2], data: new Int8Array(2), params };

  it.each([
    [
      'values of another type than the parameters',
      { ...q, type: 'uint8', data: new Uint8Array(2) },
      'ERR_DTYPE',
      /uint8.*int8/,
    ],
    ['a tensor without parameters', Tensor.from(new Int8Array(2)), 'ERR_DTYPE', /params/],
    ['a float tensor', { ...q, type: 'float32', data: new Float32Array(2) }, 'ERR_DTYPE', /int8 or uint8/],
    ['a scale of 0', { ...q, params: { ...params, scale: new Float32Array(1) } }, 'ERR_RANGE', /scale/],
    [
      'a zero point outside of the type',
      { ...q, params: { ...params, zeroPoint: Int32Array.of(200) } },
      'ERR_RANGE',
      /zeroPoint/,
    ],
    ['data of another length', { ...q, data: new Int8Array(3) }, 'ERR_SHAPE', /length 2/],
    ['nothing', undefined, 'ERR_DTYPE', /tensor/],
  ] as const)('%s', async (_, value, code, message) => {
    expectCode(() => dequantize(value as never), code, message);
    await expectRejection(dequantizeAsync(value as never), code, message);
  });
});

describe('QuantizedTensor', () => {
  it('refuses parameters that are none, and data of another type', () => {
    const params: QParams = {
      type: 'int8',
      scale: Float32Array.of(1),
      zeroPoint: Int32Array.of(0),
      granularity: 'tensor',
    };
    expectCode(() => new QuantizedTensor(new Int8Array(1), [1], undefined as never), 'ERR_DTYPE', /params/);
    expectCode(() => new QuantizedTensor(new Uint8Array(1) as never, [1], params), 'ERR_DTYPE', /Int8Array/);
    expectCode(() => new QuantizedTensor(new Int8Array(2), [3], params), 'ERR_SHAPE', /length 3/);
  });
});
