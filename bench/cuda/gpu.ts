// The GPU under measurement, and what the cases need to know of it.
import { addon, type CudaDeviceHandle } from '../../lib/addon';
import { type CudaDevice, cuda } from '../../lib/cuda';
import { deviceHandleOf } from '../../lib/cuda/device';
import { makeError } from '../../lib/errors';

export interface Gpu {
  readonly device: CudaDevice;
  readonly handle: CudaDeviceHandle;
  readonly l2Bytes: number;
  /** Version of the CUDA that the driver is for, '13.0'. */
  readonly driver: string;
  /** Version of cuBLASLt; null where it is not used. */
  readonly cublasLt: string | null;
  /** Sizes of all cases are divided by it: 1, but for tests on the emulated GPU. */
  readonly shrink: number;
}

/**
 * Opens a GPU for the suite.
 * @throws ERR_UNSUPPORTED with the reason where there is none
 */
export async function openGpu(index: number, shrink: number): Promise<Gpu> {
  if (!cuda.available) throw makeError('ERR_UNSUPPORTED', `no GPU can be measured: ${cuda.reason ?? 'there is none'}`);
  const device = await cuda.open(index);
  const handle = deviceHandleOf(device);
  const { cublasLt } = device.info;
  return { device, handle, shrink, cublasLt, ...addon.cudaProperties(handle) };
}

/** A size of a case, a multiple of 16, as it is measured. */
export const shrunk = (gpu: Gpu, size: number): number =>
  size < 16 ? size : Math.max(16, Math.ceil(size / gpu.shrink / 16) * 16);
