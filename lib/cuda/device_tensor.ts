/// <reference lib="esnext.disposable" preserve="true" />
// Tensors in the memory of a GPU.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type CudaMemoryHandle } from '../addon';
import { Tensor } from '../tensor';
import { bytesPerElement, type DataOf } from '../tensor/dtype';
import { allocateOrThrow, productOf } from '../tensor/tensor';
import { reject } from '../validate';
import type { CudaDevice } from './device';

/** Element types of tensors on a device. */
export const DEVICE_TYPES = ['float32', 'float16', 'int8', 'uint8', 'int32'] as const;
export type DeviceType = (typeof DEVICE_TYPES)[number];

/** What a tensor is without its values: element type and checked dims. */
export interface DeviceForm<T extends DeviceType = DeviceType> {
  readonly type: T;
  readonly dims: readonly number[];
}

// Only this module makes memory into tensors: a look-alike object has none to send to native code.
let memoryIn: (tensor: object) => CudaMemoryHandle | undefined;

/**
 * A dense tensor in row-major order in the memory of a GPU. It has no `data`: toHost() copies them to where JavaScript can
 * read them. device.tensor() and device.empty() make one, and so does each operation of a device.
 */
export class DeviceTensor<T extends DeviceType = DeviceType> {
  readonly type: T;
  readonly dims: readonly number[];
  /** Where it lies. A tensor takes part in operations of this device alone. */
  readonly device: CudaDevice;
  readonly #memory: CudaMemoryHandle;

  static {
    memoryIn = (tensor) => (#memory in tensor ? tensor.#memory : undefined);
  }

  /** @internal Use device.tensor or device.empty. The memory must hold the form's values. */
  constructor(device: CudaDevice, form: DeviceForm<T>, memory: CudaMemoryHandle) {
    const bytes = addon.handleBytes(memory); // throws for anything but a handle
    if (bytes < byteLengthOf(form.type, form.dims)) reject('memory', 'large enough', memory, 'ERR_SHAPE');
    this.type = form.type;
    this.dims = Object.freeze([...form.dims]);
    this.device = device;
    this.#memory = memory;
    if (new.target === DeviceTensor) Object.freeze(this);
  }

  /** Number of values. */
  get size(): number {
    return productOf(this.dims);
  }

  /** Bytes of its values. */
  get byteLength(): number {
    return byteLengthOf(this.type, this.dims);
  }

  /** Where the values lie; those of a Tensor lie on the 'cpu'. */
  get location(): 'cuda' {
    return 'cuda';
  }

  /**
   * The values as they are when it is called, whatever is done with this tensor afterwards. Waits for all that the device was
   * asked to do before, off the event loop and off the threads of asynchronous calls.
   * @throws (as a rejection) ERR_DISPOSED; ERR_DEVICE if the device failed at that or earlier; ERR_SHAPE if there is no
   *   memory for the values; the signal's reason
   */
  async toHost(options?: AsyncOptions): Promise<Tensor<T>> {
    const signal = signalOf(options);
    const memory = memoryOf(this);
    const data: DataOf<T> = allocateOrThrow(this.type, this.size, this.dims);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await untilAborted(signal, () => addon.cudaDownload(memory, bytes));
    return new Tensor(this.type, data, this.dims);
  }

  /**
   * Frees the memory as soon as the device has done what it was asked to do with it before; later use throws ERR_DISPOSED.
   * Else it is freed after the object was collected, when the event loop turns.
   */
  dispose(): void {
    const memory = memoryIn(this);
    if (memory === undefined) reject('this', 'a tensor on a device', this, 'ERR_DTYPE');
    addon.dispose(memory);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Bytes of the values of a form. */
export function byteLengthOf(type: DeviceType, dims: readonly number[]): number {
  return productOf(dims) * bytesPerElement(type);
}

/** @internal True for what device.tensor, device.empty or an operation made, disposed of or not. */
export function isDeviceTensor(value: unknown): value is DeviceTensor {
  return typeof value === 'object' && value !== null && memoryIn(value) !== undefined;
}

/** @internal The native memory; throws ERR_DTYPE for anything that is no tensor on a device. */
export function memoryOf(tensor: DeviceTensor): CudaMemoryHandle {
  const memory = typeof tensor === 'object' && tensor !== null ? memoryIn(tensor) : undefined;
  if (memory === undefined) reject('x', 'a tensor on a device', tensor, 'ERR_DTYPE');
  return memory;
}
