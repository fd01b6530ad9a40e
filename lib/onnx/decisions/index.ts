export type { LayerDecision, LayerForm, QuantizedModel, TensorParams } from './layer_decision';
