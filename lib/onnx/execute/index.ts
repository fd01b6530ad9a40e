export { checkFeeds, showDims } from './check_feeds';
export type { Executor, ExecutorKind, ExecutorOptions } from './executor';
export { floatsOf } from './float_values';
export { onnxruntimeVersion } from './onnxruntime_module';
export { openExecutor } from './open_executor';
export { canRepeat, countOf, type FeedSource, type SampleSource, samplesIn } from './sample_source';
export { type SelectedOutputs, selectOutputs } from './select_outputs';
export { groupTensors } from './tensor_groups';
export { tensorOrder } from './tensor_order';
