export { Linear, type LinearOptions } from './linear';
export { type ForwardOptions, QuantizedLinear } from './quantized_linear';
export type { ActivationFunction, QuantizedLinearOptions } from './quantized_linear_options';
