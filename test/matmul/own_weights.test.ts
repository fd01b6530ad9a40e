// Packed weights of the process, which a product must leave as it found them.
import { expect, it } from 'vitest';
import { matmulInt8, matmulInt8Async, runtime, Tensor } from '../../lib';

it('weights that a call packs for itself are gone with it', async () => {
  const [a, b] = [Tensor.zeros('int8', [4, 2, 64]), Tensor.zeros('int8', [4, 64, 1024])];
  const before = runtime.weightBytes;
  for (let i = 0; i < 3; i++) matmulInt8(a, b);
  matmulInt8(Tensor.zeros('int8', [2, 64]), Tensor.zeros('int8', [64, 4096]));
  expect(runtime.weightBytes).toBe(before);
  await matmulInt8Async(a, b);
  expect(runtime.weightBytes).toBeLessThan(before + 64 * 1024);
});
