export type { ActivationFunction } from './activation';
export { Linear, type LinearForwardOptions, type LinearOptions, type LinearToken } from './linear';
export {
  type FloatLayer,
  type ForwardOptions,
  type LayerOutput,
  type OutputOf,
  QuantizedLinear,
} from './quantized_linear';
export type { QuantizedLinearOptions } from './quantized_linear_options';
