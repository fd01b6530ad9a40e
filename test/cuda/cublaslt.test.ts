// cuda.open chooses cuBLASLt, and says which is used.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type CudaOpenOptions, cuda } from '../../lib/cuda';
import { describeOnGpu, emulatedCublasLt } from './emulated_gpu';

const usedBy = async (options?: CudaOpenOptions): Promise<string | null> => {
  using device = await cuda.open(0, options);
  return device.info.cublasLt;
};

describeOnGpu('the choice of cuBLASLt', () => {
  afterEach(() => {
    delete process.env.OCTAVO_CUBLASLT;
  });

  it('is off beside a driver that is not NVIDIA’s, unless a library is named', async () => {
    expect(existsSync(emulatedCublasLt)).toBe(true);
    expect(await usedBy()).toBeNull();
    expect(await usedBy({ cublasLt: 'auto' })).toBeNull();
    expect(await usedBy({ cublasLt: emulatedCublasLt })).toBe('13.0.2');
  });

  it('is what the environment says where it is left to octavo', async () => {
    process.env.OCTAVO_CUBLASLT = emulatedCublasLt;
    expect(await usedBy()).toBe('13.0.2');
    expect(await usedBy({ cublasLt: 'off' })).toBeNull();
    process.env.OCTAVO_CUBLASLT = 'off';
    expect(await usedBy()).toBeNull();
    process.env.OCTAVO_CUBLASLT = path.resolve('no-such-library.so');
    expect(await usedBy()).toBeNull(); // own kernels do the job
  });

  it('is an error where the library that the caller names cannot be used', async () => {
    const missing = path.resolve('no-such-library.so');
    const opened = usedBy({ cublasLt: missing });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    await expect(opened).rejects.toThrow('no-such-library.so');
    for (const cublasLt of [1, null])
      await expect(usedBy({ cublasLt: cublasLt as unknown as string })).rejects.toMatchObject({ code: 'ERR_DTYPE' });
  });
});
