export type { Evaluate, RunnableModel, Score } from './evaluation';
export type { Phase, ProgressEvent } from './progress_event';
export { quantize } from './quantize';
export type { CalibrationData, QuantizeOptions } from './quantize_options';
export { QuantizeResult } from './quantize_result';
