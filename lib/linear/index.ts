export type { ActivationFunction } from './activation';
export type { ForwardOptions, LayerOutput, OutputOf } from './layer_output';
export { Linear, type LinearForwardOptions, type LinearOptions, type LinearToken } from './linear';
export { type FloatLayer, QuantizedLinear } from './quantized_linear';
export type { QuantizedLinearOptions } from './quantized_linear_options';
