// Quantized tensors on a GPU, and the way there and back.
import type { AsyncOptions } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import { channelsFor } from '../quantize/channels';
import { QuantizedTensor } from '../quantize/quantized_tensor';
import { type ByteType, checkQParams, isQParams, type QParams } from '../quantize/scheme';
import { checkOneOf, checkOptions, isObject, reject } from '../validate';
import { checkDeviceTensor, deviceOutput } from './arguments';
import { type CudaDevice, deviceHandleOf } from './device';
import { DeviceTensor, isDeviceTensor, memoryOf } from './device_tensor';

const BYTE_TYPES = ['int8', 'uint8'] as const;

/**
 * Quantized values on a device: real = params.scale * (value - params.zeroPoint). device.quantize() makes one, device.tensor() of
 * a QuantizedTensor, and a layer with an 8-bit output.
 */
export class DeviceQuantizedTensor<T extends ByteType = ByteType> extends DeviceTensor<T> {
  readonly params: QParams<T>;

  /**
   * @param values a tensor of bytes, whose memory this one shares
   * @throws ERR_DTYPE unless both have one type, ERR_SHAPE if there is not a scale for each channel
   */
  constructor(values: DeviceTensor<T>, params: QParams<T>) {
    const checked = checkByteParams('params', params);
    const own = checkDeviceTensor('values', values, values?.device, BYTE_TYPES);
    if (checked.type !== own.type) reject('values.type', checked.type, own.type, 'ERR_DTYPE');
    channelsFor(own.dims, checked);
    super(own.device, values, memoryOf(own));
    this.params = params;
    Object.freeze(this);
  }

  /** The tensor with its parameters. Throws as DeviceTensor.toHost. */
  override async toHost(options?: AsyncOptions): Promise<QuantizedTensor<T>> {
    const { params } = checkQuantized<T>('this', this);
    const { data, dims } = await super.toHost(options);
    return new QuantizedTensor<T>(data, dims, params);
  }
}

export interface DeviceQuantizeOptions<T extends ByteType = ByteType> {
  /** Where the values go: a tensor of the parameters' type and of x's dims. Default: a new one. */
  readonly out?: DeviceTensor<T> | undefined;
}

export interface DeviceDequantizeOptions {
  /** Where the values go: a float32 tensor of q's dims. Default: a new one. */
  readonly out?: DeviceTensor<'float32'> | undefined;
}

/** As quantize() of the package's root, bit for bit, on the device; see CudaDevice.quantize. */
export function quantizeOn<T extends ByteType>(
  device: CudaDevice,
  x: DeviceTensor<'float32'>,
  how: QParams<T>,
  options?: DeviceQuantizeOptions<T>,
): DeviceQuantizedTensor<T> {
  const handle = deviceHandleOf(device);
  const input = checkDeviceTensor('x', x, device, ['float32']);
  const params = copyOf(checkByteParams('params', how)) as QParams<T>;
  const { inner } = channelsFor(input.dims, params);
  const out = deviceOutput(device, checkOptions('options', options).out, { type: params.type, dims: input.dims });
  const { scale, zeroPoint } = params;
  addon.cudaQuantize(handle, memoryOf(input), scale, zeroPoint, inner, memoryOf(out), input.size, isSigned(params));
  return new DeviceQuantizedTensor<T>(out, params);
}

/** As dequantize() of the package's root, bit for bit, on the device; see CudaDevice.dequantize. */
export function dequantizeOn<T extends ByteType>(
  device: CudaDevice,
  q: DeviceQuantizedTensor<T>,
  options?: DeviceDequantizeOptions,
): DeviceTensor<'float32'> {
  const handle = deviceHandleOf(device);
  const { params } = checkQuantized<T>('q', q);
  const values = checkDeviceTensor('q', q, device, BYTE_TYPES);
  const { inner } = channelsFor(values.dims, params);
  const out = deviceOutput(device, checkOptions('options', options).out, { type: 'float32', dims: values.dims });
  const { scale, zeroPoint } = params;
  addon.cudaDequantize(handle, memoryOf(out), scale, zeroPoint, inner, memoryOf(values), values.size, isSigned(params));
  return out;
}

function checkQuantized<T extends ByteType>(name: string, value: unknown): DeviceQuantizedTensor<T> {
  if (isDeviceTensor(value) && value instanceof DeviceQuantizedTensor) return value as DeviceQuantizedTensor<T>;
  return reject(name, 'what device.quantize() returned, or a DeviceQuantizedTensor', value, 'ERR_DTYPE');
}

function checkByteParams<T extends ByteType>(name: string, value: QParams<T>): QParams<T> {
  if (isObject(value) && !isQParams(value))
    throw makeError(
      'ERR_DTYPE',
      `${name} must be parameters with scale and zeroPoint: those of a scheme follow from chooseParams(await device.minMax(x), scheme)`,
    );
  checkOneOf(`${name}.type`, checkQParams(name, value).type, BYTE_TYPES);
  return value;
}

/** Parameters that nobody changes after they were used. */
function copyOf({ type, scale, zeroPoint, granularity }: QParams): QParams {
  return { type, scale: scale.slice(), zeroPoint: zeroPoint.slice(), granularity };
}

const isSigned = ({ type }: QParams): boolean => type === 'int8';
