export type { ActivationFunction } from './activation';
export { Linear, type LinearForwardOptions, type LinearOptions } from './linear';
export { type ForwardOptions, QuantizedLinear } from './quantized_linear';
export type { QuantizedLinearOptions } from './quantized_linear_options';
