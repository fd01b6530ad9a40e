export { floatNodesOf, isFullInteger } from './full_integer';
export { quantizeStatic, tensorsToCalibrate } from './quantize_static';
export {
  type ActivationType,
  opsetFor,
  type RoundRequest,
  type RoundWeights,
  type StaticOptions,
  type TensorRanges,
  type WeightOptions,
} from './static_options';
