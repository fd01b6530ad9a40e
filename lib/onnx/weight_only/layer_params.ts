// Parameters of stored weights as decisions have them.
import type { AnyQParams } from '../../quantize';
import type { BlockParameters, BlockType, BlockWeights } from '../../weights';
import type { TensorParams } from '../decisions';
import { type MatrixUse, transposeMatrix } from '../rewrite';
import type { StoredLayer } from './context';

export function paramsOf({ type, scale, zeroPoint, granularity }: AnyQParams): TensorParams {
  return granularity === 'tensor' ? { type, scale, zeroPoint } : { type, scale, zeroPoint, axis: granularity.axis };
}

/**
 * Parameters of blocks as a DequantizeLinear of the tensor has them: along axis 1 of [outputs, k], or where the rows that were
 * quantized are the tensor's columns, along axis 0 of [k, outputs].
 */
export function storedParams({ transposed }: MatrixUse, weights: BlockParameters): BlockedParams {
  const { type, scale, zeroPoint, block, rows } = weights;
  if (!transposed) return { type, scale, zeroPoint, axis: 1, block };
  const blocks = scale.length / rows;
  return {
    type,
    scale: transposeMatrix(scale, rows, blocks),
    zeroPoint: transposeMatrix(zeroPoint, rows, blocks),
    axis: 0,
    block,
  };
}

export interface BlockedParams extends TensorParams {
  readonly type: BlockType;
  readonly axis: number;
  readonly block: number;
}

export function layerOfBlocks(use: MatrixUse, weights: BlockWeights, sqnr: number): StoredLayer {
  const form = weights.type === 'int4' || weights.type === 'uint4' ? 'int4' : 'int8';
  return { form, tensor: use.name, params: storedParams(use, weights), sqnr };
}
