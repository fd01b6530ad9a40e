export type { ObserverGroupJson } from './group_json';
export type { ObserverGroupOptions } from './group_state';
export { type Histogram, type HistogramOptions, histogram, histogramAsync } from './histogram';
export {
  AUTO_METHODS,
  type ChosenRange,
  type ExpectedError,
  expectedError,
  type Method,
  type Quantizer,
  quantizerOf,
  type Range,
  rangeOf,
  type SingleMethod,
} from './methods';
export { Observer } from './observer';
export { ObserverGroup } from './observer_group';
export type { ObserverJson } from './observer_json';
export type { BadDataPolicy, ObserverMethod, ObserverOptions } from './observer_options';
export { rebin } from './rebin';
export type { CalibrationProgress, RunOptions, SampleSource } from './run_source';
export type { Sample } from './sample';
export { Sketch, type SketchOptions } from './sketch';
export { type NamedSketches, readSketches, writeSketches } from './sketch_file';
export type { JsonCount, SketchChannelJson, SketchJson } from './sketch_json';
export type { SketchChannel } from './sketch_words';
export type { ChannelRanges } from './statistics';
