export type { ActivationFunction } from './activation';
export { Int4Linear } from './int4_linear';
export type { ForwardOptions, LayerOutput, OutputOf } from './layer_output';
export { Linear, type LinearForwardOptions, type LinearOptions, type LinearToken } from './linear';
export { OutlierLinear, type OutlierLinearOptions } from './outlier_linear';
export { type FloatLayer, QuantizedLinear } from './quantized_linear';
export type { QuantizedLinearOptions } from './quantized_linear_options';
