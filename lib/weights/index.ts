export { type AwqOptions, awq } from './awq';
export { BLOCK_TYPES, type BlockScheme, type BlockType, type BlockWeights, type FloatMatrix } from './block_weights';
export * from './codebook';
export { type GptqOptions, gptq } from './gptq';
export * from './gram';
export { type HqqOptions, hqq } from './hqq';
export type { Progress as WeightProgress, Watch as WeightWatch } from './native_calls';
export { packNibbles, unpackNibbles } from './nibbles';
export { outputError, outputErrorAsync } from './output_error';
export {
  type QuantizedWeight,
  type QuantizeWeightAsyncOptions,
  type QuantizeWeightOptions,
  quantizeWeight,
  quantizeWeightAsync,
  WEIGHT_METHODS,
  type WeightFormatName,
  type WeightMethodName,
} from './quantize_weight';
export { roundNearest } from './round_nearest';
export { type BlockParameters, chooseBlocks, roundBlocks, roundToNearest } from './round_to_nearest';
export { raiseColumnMaxima, raiseRowMaxima, type SmoothingOptions, smoothingFactors } from './smooth_quant';
export { dequantizeBlocks, type WeightError, weightError } from './weight_error';
export {
  dequantizeWeight,
  type MethodResult,
  type StoredWeights,
  type WeightMethod,
  type WeightProblem,
  type WeightScheme,
} from './weight_method';
export { type WeightSize, weightSize } from './weight_size';
