// Statistics of tensors on a GPU are those that the CPU finds.
import { afterAll, beforeAll, expect } from 'vitest';
import { chooseParams, histogram, quantize, rangeOf, Sketch, Tensor } from '../../lib';
import { type CudaDevice, cuda } from '../../lib/cuda';
import { Random } from '../../lib/statistics';
import { emulatedDriver, itOnGpu } from './emulated_gpu';

const random = new Random(11);

function activations(...dims: number[]): Tensor<'float32'> {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: size }, () => Math.max(0, random.normal() * 3 - 1));
  return Tensor.from(data, dims);
}

function special(size: number): Tensor<'float32'> {
  const some = [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-42, -3e38, 0];
  return Tensor.from(
    Float32Array.from({ length: size }, (_, i) => (i % 5 === 0 ? some[i % 6]! : random.normal())),
    [size],
  );
}

let device: CudaDevice;
beforeAll(async () => {
  if (emulatedDriver !== undefined) device = await cuda.open();
});
afterAll(() => device?.dispose());

itOnGpu('finds the range of a tensor and of its channels', async () => {
  const x = Tensor.from(Float32Array.of(3, Number.NaN, -1, 0, -7, Number.NEGATIVE_INFINITY), [2, 3]);
  const onDevice = device.tensor(x);
  expect(await device.minMax(onDevice)).toEqual({
    min: Float32Array.of(-7),
    max: Float32Array.of(3),
    nanCount: 1,
    infinityCount: 1,
  });
  expect(await device.minMax(onDevice, { axis: 1 })).toMatchObject({
    min: Float32Array.of(0, -7, -1),
    max: Float32Array.of(3, -7, -1),
  });
  expect(await device.minMax(onDevice, { axis: -2 })).toMatchObject({
    min: Float32Array.of(-1, -7),
    max: Float32Array.of(3, 0),
  });
});

itOnGpu('gives what quantization by a scheme needs', async () => {
  const x = activations(9, 40);
  const scheme = { type: 'uint8', symmetric: false, granularity: { axis: 0 } } as const;
  const onDevice = device.tensor(x);
  const params = chooseParams(await device.minMax(onDevice, { axis: 0 }), scheme);
  const expected = quantize(x, scheme);
  expect(params).toEqual(expected.params);
  expect((await device.quantize(onDevice, params).toHost()).data).toEqual(expected.data);
});

itOnGpu('counts the same histogram', async () => {
  for (const x of [activations(3000), special(501), Tensor.zeros('float32', [0])])
    for (const options of [
      { bins: 64, limit: 4 },
      { bins: 2048, limit: 16 },
    ])
      expect(await device.histogram(device.tensor(x), options)).toEqual(histogram(x, options));
});

itOnGpu('observes into a sketch whose bytes are the same', async () => {
  const expected = new Sketch({ bins: 256 });
  const actual = new Sketch({ bins: 256 });
  for (const x of [activations(30, 7), special(999), Tensor.zeros('float32', [0]), activations(2000), special(3)]) {
    expected.observe(x);
    expect(await device.observe(actual, device.tensor(x))).toBe(actual);
    expect(actual.toBytes()).toEqual(expected.toBytes());
  }
  expect(actual.channels[0]).toEqual(expected.channels[0]);
});

itOnGpu('feeds the search for a range by entropy', async () => {
  const x = activations(4000);
  const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;
  const found = await device.observe(new Sketch(), device.tensor(x));
  const expected = rangeOf(new Sketch().observe(x).channels[0]!, 'entropy', scheme);
  expect(rangeOf(found.channels[0]!, 'entropy', scheme)).toEqual(expected);
  expect(expected.max).toBeLessThan(found.channels[0]!.max);
});

itOnGpu('reads a tensor as it is when it is called', async () => {
  const x = device.tensor(Tensor.from(Float32Array.of(1, 2), [2]));
  const q = device.quantize(
    x,
    chooseParams({ min: -2, max: 2 }, { type: 'int8', symmetric: true, granularity: 'tensor' }),
  );
  const before = device.minMax(x);
  device.dequantize(q, { out: x });
  x.dispose();
  expect((await before).max[0]).toBe(2);
});

itOnGpu('rejects what does not fit', async () => {
  const x = device.tensor(activations(4, 5));
  await expect(device.minMax(x, { axis: 2 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  await expect(device.minMax(device.empty('float32', [0, 3]), { axis: 0 })).rejects.toMatchObject({
    code: 'ERR_SHAPE',
  });
  await expect(device.minMax(device.empty('int8', [3]) as never)).rejects.toMatchObject({ code: 'ERR_DTYPE' });
  await expect(device.histogram(x, { bins: 3, limit: 1 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  await expect(device.histogram(x, { bins: 4, limit: 3 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  await expect(device.histogram(x, undefined as never)).rejects.toMatchObject({ code: 'ERR_DTYPE' });
  await expect(device.observe({} as never, x)).rejects.toMatchObject({ code: 'ERR_DTYPE' });
  await expect(device.observe(new Sketch({ axis: 0 }), x)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  await expect(device.minMax(x, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  x.dispose();
  await expect(device.minMax(x)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
});
