export type { ModuleArguments } from './module_source';
export { openSamples, type SampleOptions } from './open_samples';
export { PREPROCESSINGS, type Preprocessing, type PreprocessingName } from './preprocess';
