export { biasOf, layerAt, setBias } from './absorb_affine';
export { channelValues } from './channel_constant';
export type { ChannelStatistics } from './fold_batch_normalization';
export { foldInputNormalization, type InputNormalization } from './fold_input_normalization';
export { GraphEdit } from './graph_edit';
export { type PreparedModel, type PrepareOptions, prepare } from './prepare';
export { channelAxisOf, eachKernel, type WeightedLayer, weightedLayerOf } from './weighted_layer';
