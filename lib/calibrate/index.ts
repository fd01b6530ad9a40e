export { type Histogram, type HistogramOptions, histogram, histogramAsync } from './histogram';
export { Observer, type ObserverJson, type ObserverOptions } from './observer';
