// What the benchmark measures with refuses what would read or write memory that is not its own.
import { afterAll, beforeAll, expect } from 'vitest';
import { addon } from '../../lib/addon';
import type { CudaProduct } from '../../lib/addon_types/cuda_measure';
import { type CudaDevice, cuda, type DeviceTensor } from '../../lib/cuda';
import { deviceHandleOf } from '../../lib/cuda/device';
import { memoryOf } from '../../lib/cuda/device_tensor';
import { Tensor } from '../../lib/tensor';
import { emulatedDriver, itOnGpu } from './emulated_gpu';

let device: CudaDevice;
const empty = (bytes: number): DeviceTensor => device.empty('int8', [bytes]);
const handle = () => deviceHandleOf(device);
beforeAll(async () => {
  if (emulatedDriver === undefined) return;
  device = await cuda.open();
});
afterAll(() => device?.dispose());

itOnGpu('times launches, each of which it makes in turn', async () => {
  const turns: number[] = [];
  const { seconds, queuedSeconds } = await addon.cudaTime(handle(), 1000, 3, (turn) => turns.push(turn));
  expect(turns).toEqual([0, 1, 2]);
  expect(seconds).toBeGreaterThan(0);
  expect(queuedSeconds).toBeGreaterThanOrEqual(0);
  expect(await addon.cudaTimeTransfers(handle(), true, 4096, 2)).toBeGreaterThan(0);
});

itOnGpu('passes on what a launch throws', () => {
  const launch = () => {
    throw new RangeError('mine');
  };
  expect(() => addon.cudaTime(handle(), 0, 1, launch)).toThrow('mine');
});

itOnGpu('refuses counts, holds and kinds that are none', () => {
  const launch = () => undefined;
  for (const [hold, count] of [
    [-1, 1],
    [2e9, 1],
    [Number.NaN, 1],
    [0, 1001],
  ] as const)
    expect(() => addon.cudaTime(handle(), hold, count, launch)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  expect(() => addon.cudaTime(handle(), 0, 1, 5 as never)).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
  expect(() => addon.cudaTimeTransfers(handle(), true, 16, 0)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  const to = memoryOf(empty(16));
  expect(() => addon.cudaPeak(handle(), 'dance' as 'mma', to, 1)).toThrow(
    expect.objectContaining({ code: 'ERR_RANGE' }),
  );
});

itOnGpu('copies and reads what it is given', async () => {
  const values = Int8Array.from({ length: 64 }, (_, i) => i);
  const from = device.tensor(new Tensor('int8', values, [64]));
  const to = empty(64);
  expect(addon.cudaPeak(handle(), 'copy', memoryOf(to), 64, memoryOf(from))).toBe(128);
  expect((await to.toHost()).data).toEqual(values);
  expect(addon.cudaPeak(handle(), 'read', memoryOf(to), 64, memoryOf(from))).toBe(64);
  expect(addon.cudaPeak(handle(), 'mma', memoryOf(to), 1)).toBeGreaterThan(0);
});

itOnGpu('refuses memory that is too small, or that of another device', async () => {
  const [small, large] = [memoryOf(empty(32)), memoryOf(empty(64))];
  const shape = { code: 'ERR_SHAPE' };
  expect(() => addon.cudaPeak(handle(), 'copy', small, 64, large)).toThrow(expect.objectContaining(shape));
  expect(() => addon.cudaPeak(handle(), 'copy', large, 64, small)).toThrow(expect.objectContaining(shape));
  expect(() => addon.cudaScaleSums(handle(), 4, 4, small, large, large)).toThrow(expect.objectContaining(shape));
  using other = await cuda.open();
  expect(() => addon.cudaPeak(deviceHandleOf(other), 'copy', large, 64, large)).toThrow(
    expect.objectContaining({ code: 'ERR_UNSUPPORTED' }),
  );
});

itOnGpu('refuses products that its operands do not hold', () => {
  const product: CudaProduct = {
    m: 2,
    n: 16,
    k: 32,
    path: 'own',
    output: 'int32',
    algorithm: 0,
    inverseScale: 1,
  };
  const [a, w, c] = [memoryOf(empty(64)), memoryOf(empty(512)), memoryOf(empty(128))];
  addon.cudaContestGemm(handle(), product, a, w, c, null);
  const refused = (change: Partial<CudaProduct>, code: string) =>
    expect(() => addon.cudaContestGemm(handle(), { ...product, ...change }, a, w, c, null)).toThrow(
      expect.objectContaining({ code }),
    );
  refused({ m: 3 }, 'ERR_SHAPE');
  refused({ n: 32 }, 'ERR_SHAPE');
  refused({ n: 8 }, 'ERR_SHAPE');
  refused({ k: 40 }, 'ERR_SHAPE');
  refused({ m: 2 ** 40 }, 'ERR_SHAPE');
  refused({ path: 'none' }, 'ERR_RANGE');
  refused({ output: 'uint8' as 'int8' }, 'ERR_RANGE');
  refused({ path: 'cublasLt' }, 'ERR_UNSUPPORTED');
  refused({ output: 'float32' }, 'ERR_DTYPE'); // no scales
  expect(addon.cudaCountAlgorithms(handle(), product, a, w, c, null)).toBe(0);
});
