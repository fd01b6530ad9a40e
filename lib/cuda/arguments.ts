// Tensors on a device as its operations take them, checked.
import { addon } from '../addon';
import { makeError } from '../errors';
import { isObject, reject } from '../validate';
import { type CudaDevice, deviceHandleOf, nameOf } from './device';
import {
  byteLengthOf,
  type DeviceForm,
  DeviceTensor,
  type DeviceType,
  isDeviceTensor,
  memoryOf,
} from './device_tensor';

/**
 * The tensor that `value` is. Throws ERR_DTYPE for anything but a tensor on a device of one of `types`, ERR_UNSUPPORTED for one
 * of another device, ERR_DISPOSED for one that was disposed of.
 */
export function checkDeviceTensor<T extends DeviceType>(
  name: string,
  value: unknown,
  device: CudaDevice,
  types: readonly T[],
): DeviceTensor<T> {
  if (!isDeviceTensor(value)) {
    if (isObject(value) && 'data' in value && 'dims' in value)
      throw makeError('ERR_DTYPE', `${name} lies on the host: device.tensor(${name}) copies it to the device`);
    reject(name, 'a tensor on a device', value, 'ERR_DTYPE');
  }
  if (value.device !== device)
    throw makeError(
      'ERR_UNSUPPORTED',
      `${name} must lie on ${nameOf(device)}, got a tensor of ${nameOf(value.device)}: each cuda.open() makes a device whose tensors are its own`,
    );
  if (!types.includes(value.type as T)) reject(`${name}.type`, types.join(' or '), value.type, 'ERR_DTYPE');
  addon.handleBytes(memoryOf(value)); // throws if it was disposed of
  return value as DeviceTensor<T>;
}

/** The caller's tensor if it fits, or a new one if there is none. Throws ERR_DTYPE, ERR_SHAPE, and as checkDeviceTensor. */
export function deviceOutput<T extends DeviceType>(
  device: CudaDevice,
  out: unknown,
  form: DeviceForm<T>,
): DeviceTensor<T> {
  if (out === undefined)
    return new DeviceTensor(
      device,
      form,
      addon.cudaAllocate(deviceHandleOf(device), byteLengthOf(form.type, form.dims)),
    );
  const tensor = checkDeviceTensor('out', out, device, [form.type]);
  if (tensor.dims.length !== form.dims.length || tensor.dims.some((dim, axis) => dim !== form.dims[axis]))
    throw makeError('ERR_SHAPE', `out must have dims [${form.dims.join(', ')}], got [${tensor.dims.join(', ')}]`);
  return tensor;
}
