/// <reference lib="esnext.disposable" preserve="true" />
// An open GPU.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type CudaDeviceHandle } from '../addon';
import type { Histogram, HistogramOptions } from '../calibrate/histogram';
import type { Sketch } from '../calibrate/sketch';
import { type FloatLayerToPlace, PLACE_LAYER, type QuantizedLayerToPlace } from '../linear/placement';
import { PLACE_WEIGHTS, type WeightsToPlace } from '../matmul/placement';
import { QuantizedTensor } from '../quantize/quantized_tensor';
import type { ByteType, QParams } from '../quantize/scheme';
import type { TensorLike } from '../tensor';
import { bytesPerElement } from '../tensor/dtype';
import { checkContiguous, rowsOf } from '../tensor/matrix';
import { checkDims, checkTensorLike } from '../tensor/tensor';
import { reject } from '../validate';
import { type DeviceLinear, placeLayer } from './device_linear';
import { byteLengthOf, DEVICE_TYPES, DeviceTensor, type DeviceType } from './device_tensor';
import { type DeviceMatmulInt8Options, type DeviceWeights, matmulInt8OnDevice, placeWeights } from './device_weights';
import {
  type DeviceDequantizeOptions,
  DeviceQuantizedTensor,
  type DeviceQuantizeOptions,
  dequantizeOn,
  quantizeOn,
} from './quantized_tensor';
import { type DeviceMinMaxOptions, type DeviceRanges, histogramOn, minMaxOn, observeOn } from './statistics';

/** A GPU of this machine. */
export interface CudaDeviceInfo {
  /** Its number, from 0: what cuda.open takes. CUDA_VISIBLE_DEVICES hides devices and renumbers the others. */
  readonly index: number;
  readonly name: string;
  /** Such as '9.0'. The least that can be opened is 7.5. */
  readonly computeCapability: string;
  readonly multiprocessors: number;
  /** All of its memory, whoever uses it. */
  readonly memoryBytes: number;
  /** As nvidia-smi -L shows it. */
  readonly uuid: string;
}

/** A GPU as it was opened. */
export interface OpenDeviceInfo extends CudaDeviceInfo {
  /** The version of NVIDIA's cuBLASLt, where one is installed and in use for plain int8 products; else null. */
  readonly cublasLt: string | null;
}

// Only this module makes handles into devices: a look-alike object has none to send to native code.
let handleIn: (device: object) => CudaDeviceHandle | undefined;

/**
 * An open GPU. What it is asked to do it does in the order of the calls, and calls return before it is done: what must wait for it
 * is a promise. Errors of arguments throw at the call; those that a GPU meets while it computes reject the next promise.
 */
export class CudaDevice {
  readonly info: OpenDeviceInfo;
  readonly #handle: CudaDeviceHandle;

  static {
    handleIn = (device) => (#handle in device ? device.#handle : undefined);
  }

  /** @internal Use cuda.open. */
  constructor(handle: CudaDeviceHandle) {
    this.info = Object.freeze(addon.cudaDescribe(handle)); // throws for anything but a handle
    this.#handle = handle;
    Object.freeze(this);
  }

  /** Bytes that tensors can be allocated of now; other processes take theirs from the same memory. Throws ERR_DEVICE. */
  get freeBytes(): number {
    return addon.cudaFreeBytes(deviceHandleOf(this));
  }

  /**
   * A copy of a tensor on the device. Its data may be changed, moved or freed as soon as the call returns. The call waits for the
   * device where more than 16 MiB are on their way.
   * @param x float32, float16, int8, uint8 or int32; rows that are `strides` apart come to lie one behind the other
   * @returns a QuantizedTensor's copy has its parameters
   * @throws ERR_DTYPE, ERR_SHAPE; ERR_MEMORY, with the bytes that are free, if the device has too few; ERR_DEVICE; ERR_DISPOSED
   */
  tensor<T extends ByteType>(x: QuantizedTensor<T>): DeviceQuantizedTensor<T>;
  tensor<T extends DeviceType>(x: TensorLike<T>): DeviceTensor<T>;
  tensor<T extends DeviceType>(x: TensorLike<T>): DeviceTensor {
    const copy = this.#upload(x);
    return x instanceof QuantizedTensor ? new DeviceQuantizedTensor(copy as DeviceTensor<ByteType>, x.params) : copy;
  }

  #upload<T extends DeviceType>(x: TensorLike<T>): DeviceTensor<T> {
    const handle = deviceHandleOf(this);
    const tensor = checkTensorLike('x', x, DEVICE_TYPES as readonly DeviceType[] as readonly T[]);
    const bytes = bytesPerElement(tensor.type);
    const { type, dims } = tensor;
    if (tensor.strides === undefined) {
      const length = checkContiguous('x', tensor) * bytes;
      return new DeviceTensor(this, { type, dims }, addon.cudaUpload(handle, bytesOf(tensor), 1, length, length));
    }
    const { m, k, stride } = rowsOf('x', tensor);
    const memory = addon.cudaUpload(handle, bytesOf(tensor), m, k * bytes, stride * bytes);
    return new DeviceTensor(this, { type, dims }, memory);
  }

  /**
   * A tensor whose values are not set: they may be anything.
   * @throws ERR_DTYPE, ERR_SHAPE; ERR_MEMORY, with the bytes that are free, if the device has too few; ERR_DEVICE; ERR_DISPOSED
   */
  empty<T extends DeviceType>(type: T, dims: readonly number[]): DeviceTensor<T> {
    const handle = deviceHandleOf(this);
    if (!DEVICE_TYPES.includes(type)) reject('type', `one of ${DEVICE_TYPES.join(', ')}`, type, 'ERR_DTYPE');
    const form = { type, dims: checkDims('tensor', dims) };
    return new DeviceTensor(this, form, addon.cudaAllocate(handle, byteLengthOf(type, form.dims)));
  }

  /**
   * quantize() of the package's root on the device, bit for bit: int8 or uint8, per tensor, per channel or per block.
   * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE; ERR_UNSUPPORTED; ERR_MEMORY; ERR_DEVICE; ERR_DISPOSED
   */
  quantize<T extends ByteType>(x: DeviceTensor<'float32'>, params: QParams<T>, options?: DeviceQuantizeOptions<T>) {
    return quantizeOn(this, x, params, options);
  }

  /** dequantize() of the package's root on the device, bit for bit. Throws as quantize. */
  dequantize(q: DeviceQuantizedTensor, options?: DeviceDequantizeOptions): DeviceTensor<'float32'> {
    return dequantizeOn(this, q, options);
  }

  /**
   * Range of the finite values, for the tensor or for each channel, as chooseParams takes it.
   * @throws (as a rejection) ERR_DTYPE, ERR_SHAPE, ERR_RANGE; ERR_MEMORY; ERR_DEVICE; ERR_DISPOSED; the signal's reason
   */
  minMax(x: DeviceTensor<'float32'>, options?: DeviceMinMaxOptions): Promise<DeviceRanges> {
    return minMaxOn(this, x, options);
  }

  /** histogram() of the package's root on the device, with the same counts. Throws as minMax. */
  histogram(x: DeviceTensor<'float32'>, options: HistogramOptions & AsyncOptions): Promise<Histogram> {
    return histogramOn(this, x, options);
  }

  /**
   * Takes x into a sketch of whole tensors, whose bits become those that `sketch.observe(await x.toHost())` gives: only some
   * kilobytes come to the host.
   * @throws (as a rejection) as minMax; ERR_UNSUPPORTED for a sketch with an axis
   */
  observe(sketch: Sketch, x: DeviceTensor<'float32'>, options?: AsyncOptions): Promise<Sketch> {
    return observeOn(this, sketch, x, options);
  }

  /**
   * c = (a - aZeroPoint) · (b - bZeroPoint) in exact int32, the integers of matmulInt8.
   * @param a int8 or uint8 [m, k] or [batch, m, k] on this device
   * @param b packed weights that were copied to this device: packWeights(b).to(device)
   * @returns int32 [m, n] or [batch, m, n] on this device
   * @throws as matmulInt8; ERR_UNSUPPORTED for what lies on another device; ERR_DISPOSED; ERR_MEMORY; ERR_DEVICE
   */
  matmulInt8(
    a: DeviceTensor<'int8' | 'uint8'>,
    b: DeviceWeights,
    options?: DeviceMatmulInt8Options,
  ): DeviceTensor<'int32'> {
    return matmulInt8OnDevice(this, a, b, options);
  }

  /** @internal PackedWeights.to. */
  [PLACE_WEIGHTS](weights: WeightsToPlace): DeviceWeights {
    return placeWeights(this, weights);
  }

  /** @internal Linear.to and QuantizedLinear.to. */
  [PLACE_LAYER](layer: QuantizedLayerToPlace | FloatLayerToPlace): DeviceLinear {
    return placeLayer(this, layer);
  }

  /**
   * Settles when the device has done all that it was asked to do before.
   * @throws (as a rejection) ERR_DEVICE if it failed at that; ERR_DISPOSED; the signal's reason
   */
  async synchronize(options?: AsyncOptions): Promise<void> {
    const signal = signalOf(options);
    const handle = deviceHandleOf(this);
    await untilAborted(signal, () => addon.cudaSynchronize(handle));
  }

  /**
   * Closes the device: later operations throw ERR_DISPOSED. Its tensors can still be read, and the GPU is let go when the last of
   * them is disposed of or collected.
   */
  dispose(): void {
    addon.dispose(deviceHandleOf(this));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const EMPTY = new Uint8Array(0);

/** The bytes of a tensor's data, which may be detached if they are none. */
function bytesOf({ data }: TensorLike<DeviceType>): Uint8Array {
  return data.length === 0 ? EMPTY : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** @internal The native device; throws ERR_DTYPE for anything that cuda.open did not make. */
export function deviceHandleOf(device: CudaDevice): CudaDeviceHandle {
  const handle = typeof device === 'object' && device !== null ? handleIn(device) : undefined;
  if (handle === undefined) reject('device', 'a device that cuda.open() opened', device, 'ERR_DTYPE');
  return handle;
}

/** How messages call a device. */
export function nameOf({ info }: CudaDevice): string {
  return `GPU ${info.index} (${info.name})`;
}
