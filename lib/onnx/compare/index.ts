export { type CompareOptions, compareModels, type ModelComparison } from './compare_models';
export type { LayerComparison, OutputComparison } from './comparison';
export { pairTensors, type TensorPair } from './counterparts';
export { measureSpeed, type SpeedComparison, type SpeedOptions } from './measure_speed';
