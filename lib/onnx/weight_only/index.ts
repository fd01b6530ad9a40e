export { quantizeWeights } from './quantize_weights';
export {
  ACCURACY_LEVELS,
  type AccuracyLevel,
  WEIGHT_FORMATS,
  type WeightFormat,
  type WeightOnlyOptions,
} from './weight_only_options';
