export type { ActivationFunction } from './activation';
export { Embedding, type EmbeddingOptions, type EmbeddingTable, type RowIds } from './embedding';
export type { ForwardOptions, LayerOutput, OutputOf } from './layer_output';
export type { LayerFormat } from './layer_params';
export type { FloatLayer, LayerWeightFormat, LayerWeightOptions, StoredLayer } from './layer_weights';
export { Linear, type LinearForwardOptions, type LinearOptions, type LinearToken } from './linear';
export { OutlierLinear, type OutlierLinearOptions } from './outlier_linear';
export { QuantizedLinear } from './quantized_linear';
export type { QuantizedLinearOptions } from './quantized_linear_options';
