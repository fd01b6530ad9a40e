export { quantizeStatic, tensorsToCalibrate } from './quantize_static';
export type {
  ActivationType,
  RoundRequest,
  RoundWeights,
  StaticOptions,
  TensorRanges,
  WeightOptions,
} from './static_options';
