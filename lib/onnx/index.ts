export * from './accuracy';
export * from './advise';
export {
  type CalibrateModelOptions,
  calibrateModel,
  channelMaxima,
  checkSketches,
  type ModelObservations,
  observeModel,
} from './calibrate';
export * from './check';
export * from './compare';
export { openSamples, PREPROCESSINGS, type Preprocessing, type PreprocessingName, type SampleOptions } from './data';
export * from './decisions';
export * from './dynamic';
export { type OnnxError, type OnnxErrorDetails, onnxError } from './errors';
export * from './evaluate';
export {
  type Executor,
  type ExecutorKind,
  type ExecutorOptions,
  type FeedSource,
  onnxruntimeVersion,
  openExecutor,
  type PassProgress,
  type SampleSource,
} from './execute';
export * from './file_names';
export * from './float16';
export { type FeedsDims, inferTypes } from './infer';
export * from './inspect';
export type { PairErrors } from './metrics';
export * from './model';
export * from './opset';
export {
  type ChannelStatistics,
  foldInputNormalization,
  type InputNormalization,
  type PreparedModel,
  type PrepareOptions,
  prepare,
} from './prepare';
export * from './quantize';
export * from './read';
export {
  type LayerRow,
  type QuantizeMode,
  type QuantizeReport,
  toHtml,
  type Verdict,
  verdictOf,
} from './report';
export * from './selection';
export * from './sensitivity';
export * from './smooth';
export * from './static';
export * from './targets';
export * from './validate';
export * from './weight_only';
export * from './write';
