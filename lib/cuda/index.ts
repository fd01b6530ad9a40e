export { type CudaOpenOptions, cuda } from './cuda';
export { CudaDevice, type CudaDeviceInfo, type OpenDeviceInfo } from './device';
export { DEVICE_TYPES, DeviceTensor, type DeviceType } from './device_tensor';
