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
export { Observer, type ObserverJson, type ObserverOptions } from './observer';
export { rebin } from './rebin';
export { Sketch, type SketchOptions } from './sketch';
export type { JsonCount, SketchChannelJson, SketchJson } from './sketch_json';
export type { SketchChannel } from './sketch_words';
