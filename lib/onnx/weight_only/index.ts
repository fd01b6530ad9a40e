export { tensorsToMeasure } from './product_inputs';
export { quantizeWeights } from './quantize_weights';
export {
  ACCURACY_LEVELS,
  type AccuracyLevel,
  WEIGHT_FORMATS,
  type WeightFormat,
  type WeightOnlyOptions,
  type WeightRequest,
} from './weight_only_options';
