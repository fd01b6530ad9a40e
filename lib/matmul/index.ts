export { type MatmulFloat32Options, matmulFloat32, matmulFloat32Async } from './matmul_float32';
export { type MatmulInt8Options, matmulInt8, matmulInt8Async } from './matmul_int8';
export { PackedWeights, type PackOptions, packWeights, packWeightsAsync } from './pack_weights';
export type { WeightPlacement } from './placement';
