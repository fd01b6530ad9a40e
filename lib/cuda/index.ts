export { type CudaOpenOptions, cuda } from './cuda';
export { CudaDevice, type CudaDeviceInfo } from './device';
export { DEVICE_TYPES, DeviceTensor, type DeviceType } from './device_tensor';
