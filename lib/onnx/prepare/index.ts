export type { ChannelStatistics } from './fold_batch_normalization';
export { type PreparedModel, type PrepareOptions, prepare } from './prepare';
