// Products of float32 rows with weights that are decoded on the way, as the addon takes them.
import type { PackedHandle } from './layers';

type Product<Result> = (
  x: Float32Array,
  b: PackedHandle,
  out: Float32Array,
  m: number,
  xRowStride: number,
  bias?: Float32Array | null,
  activation?: number,
  low?: number,
  high?: number,
) => Result;

export interface FloatWeightOperations<Result> {
  /** As matmulFloat32, b being packed codebook weights: sums of each group times its magnitude, in order. */
  matmulLut4: Product<Result>;
  /** As matmulFloat32, b being packed 16-bit floats: the same bits as with these in float32. */
  matmulFloat16: Product<Result>;
  /** out[n,k] = packed codebook or 16-bit float weights; table * absmax is rounded once. */
  dequantizeWeights(handle: PackedHandle, out: Float32Array): Result;
}
