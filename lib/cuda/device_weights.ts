/// <reference lib="esnext.disposable" preserve="true" />
// int8 weights in the memory of a GPU, and products with them.
import { addon, type CudaWeightsHandle } from '../addon';
import { makeError } from '../errors';
import { zeroPoints } from '../matmul/matmul_int8';
import type { WeightsToPlace } from '../matmul/placement';
import { resultDims } from '../tensor/tensor';
import { checkOptions, reject } from '../validate';
import { checkDeviceTensor, deviceOutput } from './arguments';
import { type CudaDevice, deviceHandleOf, nameOf } from './device';
import { type DeviceTensor, memoryOf } from './device_tensor';

export interface DeviceMatmulInt8Options {
  /** Zero point of a: one number, or one for each row. Default 0. Lies on the host. */
  readonly aZeroPoint?: number | Int32Array;
  /** Zero point of b: one number, or one for each column. Default 0. Lies on the host. */
  readonly bZeroPoint?: number | Int32Array;
  /** Where the result goes: an int32 tensor of its dims on the device. Default: a new one. */
  readonly out?: DeviceTensor<'int32'>;
}

// Only this module makes handles into weights: a look-alike object has none to send to native code.
let handleIn: (weights: object) => CudaWeightsHandle | undefined;

/** int8 weights on a GPU, for device.matmulInt8; `packedWeights.to(device)` makes them. */
export class DeviceWeights {
  readonly device: CudaDevice;
  /** Rows of the weights: the length of the sums. */
  readonly k: number;
  /** Columns of the weights. */
  readonly n: number;
  readonly #handle: CudaWeightsHandle;

  static {
    handleIn = (weights) => (#handle in weights ? weights.#handle : undefined);
  }

  /** @internal Use packedWeights.to(device). */
  constructor(device: CudaDevice, handle: CudaWeightsHandle, shape: { readonly k: number; readonly n: number }) {
    addon.handleBytes(handle); // throws for anything but a handle
    this.#handle = handle;
    this.device = device;
    this.k = shape.k;
    this.n = shape.n;
    Object.freeze(this);
  }

  /** Bytes of the GPU's memory. Throws ERR_DISPOSED after dispose(). */
  get byteLength(): number {
    return addon.handleBytes(this.#handle);
  }

  /** Frees the memory as soon as the GPU has done what it was asked to do with it before; later use throws ERR_DISPOSED. */
  dispose(): void {
    addon.dispose(this.#handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @internal The method of CudaDevice that takes weights. */
export function placeWeights(device: CudaDevice, weights: WeightsToPlace): DeviceWeights {
  return new DeviceWeights(device, addon.cudaPlaceWeights(deviceHandleOf(device), weights.handle), weights);
}

function handleOf(weights: unknown, device: CudaDevice): CudaWeightsHandle {
  const handle = typeof weights === 'object' && weights !== null ? handleIn(weights) : undefined;
  if (handle === undefined) reject('b', 'weights on a device: packWeights(b).to(device)', weights, 'ERR_DTYPE');
  const { device: own } = weights as DeviceWeights;
  if (own !== device)
    throw makeError('ERR_UNSUPPORTED', `b must lie on ${nameOf(device)}, got weights of ${nameOf(own)}`);
  return handle;
}

/** @internal CudaDevice.matmulInt8. */
export function matmulInt8OnDevice(
  device: CudaDevice,
  a: DeviceTensor<'int8' | 'uint8'>,
  b: DeviceWeights,
  options: DeviceMatmulInt8Options | undefined,
): DeviceTensor<'int32'> {
  const { aZeroPoint, bZeroPoint, out } = checkOptions('options', options);
  const left = checkDeviceTensor('a', a, device, ['int8', 'uint8']);
  const weights = handleOf(b, device);
  const { dims } = left;
  if (dims.length !== 2 && dims.length !== 3)
    throw makeError('ERR_SHAPE', `a must be [m, k] or [batch, m, k], got dims [${dims}]`);
  const k = dims[dims.length - 1]!;
  if (k !== b.k) throw makeError('ERR_SHAPE', `a has k ${k}, b has k ${b.k}: they must be equal`);
  const m = dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
  const aZero = zeroPoints('aZeroPoint', aZeroPoint, m);
  const bZero = zeroPoints('bZeroPoint', bZeroPoint, b.n);
  const result = deviceOutput(device, out, { type: 'int32', dims: resultDims(dims, b.n) });
  addon.cudaMatmulInt8(memoryOf(left), weights, memoryOf(result), m, left.type === 'int8', aZero, bZero);
  return result;
}
