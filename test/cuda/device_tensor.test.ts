// Tensors to a GPU and back, on the emulated one.
import { randomFillSync } from 'node:crypto';
import { beforeAll, expect } from 'vitest';
import { Linear, matmulInt8, quantize, Tensor, type TensorLike } from '../../lib';
import { type CudaDevice, cuda, DEVICE_TYPES, DeviceTensor, type DeviceType } from '../../lib/cuda';
import { checkDeviceTensor, deviceOutput } from '../../lib/cuda/arguments';
import { allocate } from '../../lib/tensor/dtype';
import { emulatedDriver, itOnGpu } from './emulated_gpu';

function thrown(run: () => unknown): { code?: string; message?: string } {
  try {
    run();
  } catch (error) {
    return error as { code?: string; message?: string };
  }
  return {};
}

/** Values 1, 2, 3 and so on, as the type has them. */
function counted<T extends DeviceType>(type: T, dims: readonly number[]): Tensor<T> {
  const data = allocate(
    type,
    dims.reduce((a, b) => a * b, 1),
  );
  for (let i = 0; i < data.length; i++) data[i] = i + 1;
  return new Tensor(type, data, dims);
}

let device: CudaDevice;
beforeAll(async () => {
  if (emulatedDriver === undefined) return undefined;
  device = await cuda.open();
  return () => device.dispose();
});

itOnGpu.each(DEVICE_TYPES)('brings %s values there and back', async (type) => {
  for (const dims of [[], [0], [1], [3, 5], [2, 0, 4], [100, 77]]) {
    const x = counted(type, dims);
    using there = device.tensor(x);
    expect([there.type, there.dims, there.size, there.byteLength]).toEqual([type, dims, x.size, x.data.byteLength]);
    expect(there.device).toBe(device);
    const back = await there.toHost();
    expect(back).toBeInstanceOf(Tensor);
    expect(back).toEqual(x);
  }
});

// Beyond the staging memory, and beyond one piece of it by one byte.
itOnGpu.each([4 << 20, (4 << 20) + 1, 40_000_001])('brings %i bytes there and back', async (count) => {
  const data = randomFillSync(new Uint8Array(count));
  using there = device.tensor(Tensor.from(data));
  const [first, second] = await Promise.all([there.toHost(), there.toHost()]);
  expect(Buffer.compare(first.data, data)).toBe(0);
  expect(Buffer.compare(second.data, data)).toBe(0);
});

itOnGpu('has copied the data when the call returns', async () => {
  const x = counted('int32', [7000]);
  const expected = [...x.data];
  using changed = device.tensor(x);
  x.data.fill(0);
  expect([...(await changed.toHost()).data]).toEqual(expected);
  const y = counted('int32', [7000]);
  using moved = device.tensor(y);
  structuredClone(y.data.buffer, { transfer: [y.data.buffer] });
  expect([...(await moved.toHost()).data]).toEqual(expected);
});

itOnGpu('takes rows that are apart', async () => {
  const data = Int32Array.from({ length: 1_300_000 }, (_, i) => i);
  using there = device.tensor({ type: 'int32', dims: [2, 600, 990], strides: [600_000, 1000, 1], data });
  const back = (await there.toHost()).data;
  const wrong = back.findIndex((value, i) => value !== Math.floor(i / 990) * 1000 + (i % 990));
  expect([back.length, wrong]).toEqual([1_188_000, -1]);
});

itOnGpu('takes part of a buffer, and one that can grow', async () => {
  const buffer = new (ArrayBuffer as new (length: number, options?: object) => ArrayBuffer)(64, {
    maxByteLength: 128,
  });
  const data = new Int8Array(buffer, 8, 5).fill(7);
  using there = device.tensor(Tensor.from(data));
  expect([...(await there.toHost()).data]).toEqual([7, 7, 7, 7, 7]);
});

itOnGpu('refuses what it cannot bring there', () => {
  const refuse = (x: unknown) => thrown(() => device.tensor(x as TensorLike<'int8'>));
  expect(refuse(Tensor.zeros('int64', [2]))).toMatchObject({
    code: 'ERR_DTYPE',
    message: 'x.type must be float32 or float16 or int8 or uint8 or int32, got "int64"',
  });
  expect(refuse({ type: 'int8', dims: [3], data: new Int8Array(2) }).code).toBe('ERR_SHAPE');
  expect(refuse({ type: 'int8', dims: [2], data: new Int8Array(new SharedArrayBuffer(2)) }).code).toBe('ERR_DTYPE');
  const detached = new Int8Array(4);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  expect(refuse({ type: 'int8', dims: [4], data: detached }).code).toBe('ERR_SHAPE');
  expect(refuse({ type: 'int8', dims: [0], data: detached })).toEqual({});
  expect(refuse({ type: 'int8', dims: [2, 2], data: new Int8Array(4), strides: [1, 1] }).code).toBe('ERR_SHAPE');
  expect(thrown(() => device.empty('int64' as 'int8', [2])).code).toBe('ERR_DTYPE');
  expect(thrown(() => device.empty('int8', [-1])).code).toBe('ERR_SHAPE');
});

itOnGpu('says where a tensor lies that a function cannot take', () => {
  using there = device.empty('int8', [2, 2]);
  const host = there as unknown as Tensor<'int8'>;
  const tell = { code: 'ERR_DTYPE', message: 'a lies on a GPU: await a.toHost() copies it to the host' };
  expect(thrown(() => matmulInt8(host, Tensor.zeros('int8', [2, 2])))).toMatchObject(tell);
  for (const run of [
    () => new Linear(host as never),
    () => quantize(host as never, { scale: new Float32Array(1), zeroPoint: new Int32Array(1) } as never),
    () => device.tensor(host),
  ])
    expect(thrown(run).message).toMatch(/ lies on a GPU: await \w+\.toHost\(\) copies it to the host$/);
  expect(thrown(() => checkDeviceTensor('x', Tensor.zeros('int8', [2]), device, ['int8']))).toMatchObject({
    code: 'ERR_DTYPE',
    message: 'x lies on the host: device.tensor(x) copies it to the device',
  });
});

itOnGpu.each([0, 1])('keeps devices apart: GPU %i', async (index) => {
  process.env.OCTAVO_EMULATED_GPUS = '2';
  using other = await cuda.open(index);
  delete process.env.OCTAVO_EMULATED_GPUS;
  using there = other.tensor(counted('int8', [3]));
  expect(thrown(() => checkDeviceTensor('x', there, device, ['int8']))).toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: `x must lie on GPU 0 (Emulated GPU), got a tensor of GPU ${index} (Emulated GPU): each cuda.open() makes a device whose tensors are its own`,
  });
  expect([...(await there.toHost()).data]).toEqual([1, 2, 3]);
});

itOnGpu('takes an output that fits', () => {
  using out = device.empty('int8', [2, 3]);
  const form = { type: 'int8', dims: [2, 3] } as const;
  expect(deviceOutput(device, out, form)).toBe(out);
  using made = deviceOutput(device, undefined, form);
  expect([made.type, made.dims]).toEqual(['int8', [2, 3]]);
  expect(thrown(() => deviceOutput(device, out, { ...form, dims: [3, 2] })).code).toBe('ERR_SHAPE');
  expect(thrown(() => deviceOutput(device, out, { ...form, type: 'uint8' })).code).toBe('ERR_DTYPE');
  expect(thrown(() => deviceOutput(device, {}, form)).code).toBe('ERR_DTYPE');
  out.dispose();
  expect(thrown(() => deviceOutput(device, out, form)).code).toBe('ERR_DISPOSED');
});

itOnGpu('is not to be had without a device', () => {
  const form = { type: 'int8', dims: [1] } as const;
  expect(thrown(() => new DeviceTensor(device, form, {} as never)).code).toBe('ERR_DTYPE');
  const made = Object.create(DeviceTensor.prototype) as DeviceTensor;
  expect(thrown(() => made.dispose()).code).toBe('ERR_DTYPE');
});

itOnGpu('rejects at once when a signal fires, and lets the copy end', async () => {
  const controller = new AbortController();
  using there = device.tensor(Tensor.from(new Uint8Array(9_000_000).fill(6)));
  const reading = there.toHost({ signal: controller.signal });
  controller.abort();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  await expect(there.toHost({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  await expect(device.synchronize({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  expect((await there.toHost()).data.at(-1)).toBe(6);
});

itOnGpu('settles many copies in flight', async () => {
  const copies = Array.from({ length: 1000 }, (_, i) => {
    using there = device.tensor(Tensor.from(new Int32Array(10 + (i % 7)).fill(i)));
    return there.toHost();
  });
  for (const [i, { data }] of (await Promise.all(copies)).entries())
    expect([data.length, data.at(-1)]).toEqual([10 + (i % 7), i]);
});
