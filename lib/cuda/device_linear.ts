/// <reference lib="esnext.disposable" preserve="true" />
// Linear layers in the memory of a GPU.
import { addon, type CudaLayerHandle } from '../addon';
import { makeError } from '../errors';
import type { LayerOutput } from '../linear';
import { checkFeatures } from '../linear/linear';
import type { FloatLayerToPlace, QuantizedLayerToPlace } from '../linear/placement';
import type { ByteType, QParams } from '../quantize';
import { resultDims } from '../tensor/tensor';
import { checkOptions } from '../validate';
import { checkDeviceTensor, deviceOutput } from './arguments';
import { type CudaDevice, deviceHandleOf } from './device';
import { type DeviceTensor, memoryOf } from './device_tensor';
import { DeviceQuantizedTensor } from './quantized_tensor';

export interface DeviceForwardOptions {
  /** Where the result goes: a tensor of the output's type and dims on the device, neither x nor the residual. Default: a new one. */
  readonly out?: DeviceTensor<LayerOutput>;
  /** float32 [..., outFeatures] on the device, of the output's dims, added after the bias and before the activation. */
  readonly residual?: DeviceTensor<'float32'>;
}

type DeviceLinearForm = Pick<DeviceLinear, 'inFeatures' | 'outFeatures' | 'input' | 'outputType' | 'output'>;

/**
 * A linear layer on a GPU, quantized or not; `layer.to(device)` makes it. It gives the bytes that the layer gives on the CPU, but
 * for which of a NaN's many bit patterns a float output has.
 */
export class DeviceLinear {
  readonly device: CudaDevice;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Parameters of static activations; null when they are dynamic, or float32 all along. */
  readonly input: QParams<ByteType> | null;
  /** The type of the outputs. */
  readonly outputType: LayerOutput;
  /** Parameters of an 8-bit output; null when it is float32 or float16. */
  readonly output: QParams<ByteType> | null;
  readonly #handle: CudaLayerHandle;
  readonly #accepted: readonly ('float32' | ByteType)[];

  /** @internal Use layer.to(device). */
  constructor(device: CudaDevice, handle: CudaLayerHandle, form: DeviceLinearForm) {
    addon.handleBytes(handle); // throws for anything but a handle
    const { input, outputType, output } = form;
    this.#handle = handle;
    this.#accepted = input === null ? ['float32'] : ['float32', input.type];
    this.device = device;
    this.inFeatures = form.inFeatures;
    this.outFeatures = form.outFeatures;
    this.input = input;
    this.outputType = outputType;
    this.output = output;
    Object.freeze(this);
  }

  /**
   * Puts the layer's work on the device and returns at once: what takes the result comes after it.
   * @param x [..., inFeatures] on the same device: float32, or for static activations the bytes of their type
   * @returns [..., outFeatures] on the device, of the type `outputType`; a DeviceQuantizedTensor if that has 8 bits
   * @throws ERR_SHAPE; ERR_DTYPE; ERR_UNSUPPORTED for a tensor of another device; ERR_DISPOSED; ERR_MEMORY; ERR_DEVICE
   */
  forward(x: DeviceTensor, options?: DeviceForwardOptions): DeviceTensor<LayerOutput> {
    const { out, residual } = checkOptions('options', options);
    const input = checkDeviceTensor('x', x, this.device, this.#accepted);
    if (input.dims.length === 0) throw makeError('ERR_SHAPE', 'x must have at least one dimension, got a scalar');
    checkFeatures(input.dims[input.dims.length - 1]!, this.inFeatures);
    const dims = resultDims(input.dims, this.outFeatures);
    const added = residual === undefined ? null : this.#residual(residual, dims);
    const m = input.dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
    addon.handleBytes(this.#handle); // throws if the layer was disposed of, before anything is allocated
    const y = deviceOutput(this.device, out, { type: this.outputType, dims });
    addon.cudaForward(this.#handle, memoryOf(input), input.type, memoryOf(y), m, added && memoryOf(added));
    return this.output === null ? y : new DeviceQuantizedTensor(y as DeviceTensor<ByteType>, this.output);
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

  #residual(given: unknown, dims: readonly number[]): DeviceTensor<'float32'> {
    const residual = checkDeviceTensor('residual', given, this.device, ['float32']);
    if (residual.dims.length !== dims.length || residual.dims.some((dim, axis) => dim !== dims[axis]))
      throw makeError(
        'ERR_SHAPE',
        `residual must be [${dims.join(', ')}] as the output, got [${residual.dims.join(', ')}]`,
      );
    return residual;
  }
}

/** @internal The method of CudaDevice that takes layers. */
export function placeLayer(device: CudaDevice, layer: QuantizedLayerToPlace | FloatLayerToPlace): DeviceLinear {
  const handle = deviceHandleOf(device);
  if ('layer' in layer) return new DeviceLinear(device, addon.cudaPlaceLayer(handle, layer.layer), layer);
  const { inFeatures, outFeatures, weights, bias, activation } = layer;
  const { kind, low, high } = activation;
  const form = { inFeatures, outFeatures, input: null, outputType: 'float32', output: null } as const;
  return new DeviceLinear(device, addon.cudaPlaceLinear(handle, weights, bias, kind, low, high), form);
}
