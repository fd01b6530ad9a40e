export { chooseParams, type ValueRange } from './choose_params';
export {
  type DequantizeOptions,
  dequantize,
  dequantizeAsync,
  type QuantizeOptions,
  quantize,
  quantizeAsync,
} from './quantize';
export { QuantizedTensor } from './quantized_tensor';
export type { AnyQParams, AnyScheme, ByteType, Granularity, QParams, QuantizedType, Scheme } from './scheme';
