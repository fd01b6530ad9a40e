export { BLOCK_TYPES, type BlockScheme, type BlockType, type BlockWeights, type FloatMatrix } from './block_weights';
export { packNibbles, unpackNibbles } from './nibbles';
export { type BlockParameters, chooseBlocks, roundBlocks, roundToNearest } from './round_to_nearest';
export { raiseColumnMaxima, raiseRowMaxima, type SmoothingOptions, smoothingFactors } from './smooth_quant';
export { dequantizeBlocks, type WeightError, weightError } from './weight_error';
