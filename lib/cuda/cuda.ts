// What this machine has of GPUs, and opening one.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { checkInteger, checkOptions, reject } from '../validate';
import { CudaDevice, type CudaDeviceInfo } from './device';

export interface CudaOpenOptions extends AsyncOptions {
  /**
   * NVIDIA's cuBLASLt for plain int8 products. 'auto', the default: where the environment variable OCTAVO_CUBLASLT names its
   * file, or it is installed; 'off': octavo's own kernels do all; or the library's file. The results are the same.
   */
  readonly cublasLt?: string | undefined;
}

/** NVIDIA GPUs. Nothing is loaded before the first property is asked for; only the driver is needed, no CUDA toolkit. */
export const cuda = {
  /** True if a GPU of this machine can be opened. Never throws. */
  get available(): boolean {
    return addon.cudaReason() === '';
  },

  /** Why none can be, for people to read; undefined if one can. Never throws. */
  get reason(): string | undefined {
    return addon.cudaReason() || undefined;
  },

  /** All GPUs of the machine, also such as cannot be opened; none where there is no driver. Never throws. */
  get devices(): readonly CudaDeviceInfo[] {
    return Object.freeze(addon.cudaDevices().map((info) => Object.freeze(info)));
  },

  /**
   * Opens a GPU, which takes up to seconds the first time. Each call opens a device of its own, whose tensors are its own,
   * also where the GPU is the same; each thread opens its own.
   * @param index of the list `devices`
   * @throws (as a rejection) ERR_UNSUPPORTED with `reason` where there is none, for a GPU that is too old, or for a file of
   *   cuBLASLt that does not work; ERR_RANGE for an index that no GPU has; ERR_DTYPE; ERR_MEMORY if other processes have taken
   *   all of its memory; ERR_DEVICE if it cannot be used; the signal's reason
   */
  async open(index = 0, options?: CudaOpenOptions): Promise<CudaDevice> {
    const signal = signalOf(options);
    const { cublasLt = 'auto' } = checkOptions('options', options);
    if (typeof cublasLt !== 'string') reject('options.cublasLt', "'auto', 'off' or a file", cublasLt, 'ERR_DTYPE');
    const number = checkInteger('index', index, 0, 2 ** 31 - 1);
    return new CudaDevice(await untilAborted(signal, () => addon.cudaOpen(number, cublasLt)));
  },
};
