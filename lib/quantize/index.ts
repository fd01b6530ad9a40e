export { chooseParams, type ValueRange } from './choose_params';
export { type DequantizeOptions, dequantize, dequantizeAsync } from './dequantize';
export type { ErrorStatistics } from './error_statistics';
export {
  type QuantizationError,
  type QuantizationErrorOptions,
  quantizationError,
  quantizationErrorAsync,
} from './quantization_error';
export { type QuantizeOptions, quantize, quantizeAsync } from './quantize';
export { QuantizedTensor } from './quantized_tensor';
export type { AnyQParams, AnyScheme, ByteType, Granularity, QParams, QuantizedType, Scheme } from './scheme';
