// When the memory of a GPU is given back, on the emulated one.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { Tensor } from '../../lib';
import { cuda, type DeviceTensor } from '../../lib/cuda';
import { itOnGpu } from './emulated_gpu';

const MIB = 2 ** 20;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Collects what nobody has any more, until `done`. */
async function collect(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50 && !done(); turn++) {
    collectGarbage();
    await setImmediate();
  }
}

itOnGpu('is free again after dispose()', async () => {
  using device = await cuda.open();
  const before = device.freeBytes;
  const x = device.empty('uint8', [MIB]);
  expect(device.freeBytes).toBe(before - MIB);
  x.dispose();
  expect(device.freeBytes).toBe(before);
  x.dispose();
  {
    using y = device.tensor(Tensor.zeros('float32', [MIB]));
    expect(device.freeBytes).toBe(before - y.byteLength);
  }
  expect(device.freeBytes).toBe(before);
  await expect(x.toHost()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
});

itOnGpu('is read to the end if it is disposed of meanwhile', async () => {
  using device = await cuda.open();
  const before = device.freeBytes;
  const x = device.tensor(Tensor.from(new Uint8Array(20 * MIB).fill(3)));
  const reading = x.toHost();
  x.dispose();
  expect((await reading).data.at(-1)).toBe(3);
  expect(device.freeBytes).toBe(before);
});

itOnGpu('is free again when tensors are forgotten', async () => {
  using device = await cuda.open();
  const before = device.freeBytes;
  for (let i = 0; i < 100; i++) device.empty('uint8', [MIB / 16]);
  await collect(() => device.freeBytes === before);
  expect(device.freeBytes).toBe(before);
});

itOnGpu('makes the engine collect forgotten tensors by itself', async () => {
  using device = await cuda.open();
  let least = device.freeBytes;
  const before = least;
  for (let i = 0; i < 260; i++) {
    device.empty('uint8', [4 * MIB]);
    least = Math.min(least, device.freeBytes);
    await setImmediate();
  }
  expect(before - least).toBeLessThan(900 * MIB);
  await collect(() => device.freeBytes === before);
});

itOnGpu('says what is missing when there is too little, and stays usable', async () => {
  process.env.OCTAVO_EMULATED_MEMORY = String(32 * MIB);
  using device = await cuda.open();
  const free = device.freeBytes;
  using most = device.empty('uint8', [free - 100]);
  for (const run of [() => device.empty('uint8', [101]), () => device.tensor(Tensor.zeros('uint8', [101]))])
    expect(run).toThrow(
      expect.objectContaining({
        code: 'ERR_MEMORY',
        message: 'allocating 101 bytes on the GPU: out of memory (CUDA_ERROR_OUT_OF_MEMORY); 100 bytes are free',
      }) as Error,
    );
  using rest = device.tensor(Tensor.from(new Uint8Array(100).fill(1)));
  expect((await rest.toHost()).data.every((value) => value === 1)).toBe(true);
  most.dispose();
  expect(device.freeBytes).toBe(free - 100);
  delete process.env.OCTAVO_EMULATED_MEMORY;
});

itOnGpu('outlives its device, which refuses to do more', async () => {
  const device = await cuda.open();
  const x = device.tensor(Tensor.from(new Int8Array([1, 2])));
  const waiting = device.synchronize();
  device.dispose();
  device.dispose();
  await waiting;
  expect(() => device.empty('int8', [1])).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }) as Error);
  expect(() => device.freeBytes).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }) as Error);
  await expect(device.synchronize()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  expect(device.info.index).toBe(0);
  expect([...(await x.toHost()).data]).toEqual([1, 2]);
  x.dispose();
});

itOnGpu('is given back in any order of the garbage', async () => {
  using witness = await cuda.open();
  const before = witness.freeBytes;
  const forget = async () => {
    const kept: DeviceTensor[] = [];
    for (let i = 0; i < 5; i++) {
      const device = await cuda.open();
      kept.push(device.empty('uint8', [MIB]));
      if (i % 2 === 0) device.dispose();
    }
    return kept.length;
  };
  expect(await forget()).toBe(5);
  await collect(() => witness.freeBytes === before);
  expect(witness.freeBytes).toBe(before);
});
