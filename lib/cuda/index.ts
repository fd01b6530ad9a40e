export { type CudaOpenOptions, cuda } from './cuda';
export { CudaDevice, type CudaDeviceInfo, type OpenDeviceInfo } from './device';
export { type DeviceForwardOptions, DeviceLinear } from './device_linear';
export { DEVICE_TYPES, DeviceTensor, type DeviceType } from './device_tensor';
export { type DeviceMatmulInt8Options, DeviceWeights } from './device_weights';
export {
  type DeviceDequantizeOptions,
  DeviceQuantizedTensor,
  type DeviceQuantizeOptions,
} from './quantized_tensor';
export type { DeviceMinMaxOptions, DeviceRanges } from './statistics';
