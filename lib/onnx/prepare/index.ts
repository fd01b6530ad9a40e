export type { ChannelStatistics } from './fold_batch_normalization';
export { foldInputNormalization, type InputNormalization } from './fold_input_normalization';
export { type PreparedModel, type PrepareOptions, prepare } from './prepare';
