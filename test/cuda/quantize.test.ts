// Quantization on a GPU gives the CPU's bytes, and refuses what does not fit.
import { afterAll, beforeAll, expect } from 'vitest';
import { type ByteType, chooseParams, dequantize, type QParams, quantize, Tensor } from '../../lib';
import { type CudaDevice, cuda, DeviceQuantizedTensor } from '../../lib/cuda';
import { Random } from '../../lib/statistics';
import { emulatedDriver, itOnGpu } from './emulated_gpu';

const random = new Random(7);

function floats(...dims: number[]): Tensor<'float32'> {
  const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40, 3e38, 0.5, -1.5];
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: size }, (_, i) => (i % 7 === 3 ? special[i % 9]! : random.uniform(-9, 9)));
  return Tensor.from(data, dims);
}

function params<T extends ByteType>(type: T, granularity: QParams['granularity'], channels = 1): QParams<T> {
  const range = {
    min: new Float32Array(channels).fill(-3),
    max: Float32Array.from({ length: channels }, (_, i) => 2 + i),
  };
  return chooseParams(range, { type, symmetric: false, granularity });
}

let device: CudaDevice;
beforeAll(async () => {
  if (emulatedDriver !== undefined) device = await cuda.open();
});
afterAll(() => device?.dispose());

itOnGpu.each(['int8', 'uint8'] as const)('to %s gives the bytes of the CPU, and back its floats', async (type) => {
  for (const [dims, granularity, channels] of [
    [[5, 33], 'tensor', 1],
    [[0, 3], 'tensor', 1],
    [[3, 7, 5], { axis: 0 }, 3],
    [[3, 7, 5], { axis: 1 }, 7],
    [[3, 7, 5], { axis: -1 }, 5],
    [[2, 2, 1100], { axis: 1 }, 2],
    [[4, 12], { axis: 1, block: 4 }, 12],
  ] as const) {
    const x = floats(...dims);
    const how = params(type, granularity, channels);
    const expected = quantize(x, how);
    const quantized = device.quantize(device.tensor(x), how);
    const actual = await quantized.toHost();
    expect(actual.data).toEqual(expected.data);
    expect([actual.dims, actual.type, actual.params]).toEqual([expected.dims, type, how]);
    const real = await device.dequantize(quantized).toHost();
    expect(real.data).toEqual(dequantize(expected).data);
    expect(real.dims).toEqual(x.dims);
  }
});

itOnGpu('writes to tensors that are given', async () => {
  const x = floats(6, 10);
  const how = params('int8', 'tensor');
  const out = device.empty('int8', [6, 10]);
  const real = device.empty('float32', [6, 10]);
  const quantized = device.quantize(device.tensor(x), how, { out });
  expect((await out.toHost()).data).toEqual((await quantized.toHost()).data);
  expect(device.dequantize(quantized, { out: real })).toBe(real);
  expect((await real.toHost()).data).toEqual(dequantize(quantize(x, how)).data);
  expect(() => device.quantize(device.tensor(x), how, { out: device.empty('uint8', [6, 10]) })).toThrow(/out.type/);
  expect(() => device.quantize(device.tensor(x), how, { out: device.empty('int8', [60]) })).toThrow(/dims \[6, 10\]/);
});

itOnGpu('keeps the parameters as they were', async () => {
  const how = params('int8', 'tensor');
  const x = device.tensor(floats(40));
  const quantized = device.quantize(x, how);
  const before = (await device.dequantize(quantized).toHost()).data;
  how.scale[0] = 1000;
  expect((await device.dequantize(quantized).toHost()).data).toEqual(before);
});

itOnGpu('copies a quantized tensor with its parameters', async () => {
  const host = quantize(floats(4, 6), params('uint8', { axis: 0 }, 4));
  const q = device.tensor(host);
  expect(q).toBeInstanceOf(DeviceQuantizedTensor);
  expect(await q.toHost()).toEqual(host);
  expect((await device.dequantize(q).toHost()).data).toEqual(dequantize(host).data);
  const look = Object.create(DeviceQuantizedTensor.prototype, { params: { value: q.params } });
  expect(() => device.dequantize(look)).toThrow(/q must be/);
  expect(() => device.dequantize(device.tensor(Tensor.from(Int8Array.of(1), [1])) as never)).toThrow(/q must be/);
  q.dispose();
  await expect(q.toHost()).rejects.toThrow(/disposed/);
});

itOnGpu('makes a quantized tensor of bytes and parameters', async () => {
  const values = device.tensor(Tensor.from(Int8Array.of(-3, 0, 4), [3]));
  using q = new DeviceQuantizedTensor(values, params('int8', 'tensor'));
  expect([q.type, q.dims, q.device]).toEqual(['int8', [3], device]);
  const expected = dequantize(await q.toHost());
  expect((await device.dequantize(q).toHost()).data).toEqual(expected.data);
  expect(() => new DeviceQuantizedTensor(values, params('uint8', 'tensor') as never)).toThrow(/values.type/);
  expect(() => new DeviceQuantizedTensor(values, params('int8', { axis: 0 }, 2))).toThrow(/2 scales/);
});

itOnGpu('refuses schemes, other types, host tensors and what was disposed of', () => {
  const x = device.tensor(floats(8));
  const how = params('int8', 'tensor');
  const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' };
  expect(() => device.quantize(x, scheme as never)).toThrow(/chooseParams\(await device.minMax\(x\), scheme\)/);
  expect(() => device.quantize(x, { ...how, type: 'int16' } as never)).toThrow(/int8/);
  expect(() => device.quantize(floats(8) as never, how)).toThrow(/lies on the host/);
  expect(() => device.quantize(x, { ...how, scale: Float32Array.of(0) })).toThrow(/greater than 0/);
  expect(() => device.quantize(x, { ...how, zeroPoint: Int32Array.of(500) })).toThrow(/zeroPoint\[0\]/);
  expect(() => device.quantize(x, params('int8', { axis: 0 }, 3))).toThrow(/3 scales/);
  expect(() => device.dequantize(x as never)).toThrow(/device.quantize\(\) returned/);
  const q = device.quantize(x, how);
  q.dispose();
  expect(() => device.dequantize(q)).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
});
