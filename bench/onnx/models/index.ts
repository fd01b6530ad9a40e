export { type BertEncoderOptions, bertEncoder } from './bert_encoder';
export { type ResidualNetOptions, residualNet } from './residual_net';
export { type SmallCnnOptions, smallCnn } from './small_cnn';
