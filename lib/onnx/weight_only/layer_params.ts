// Parameters of stored weights as decisions have them.
import type { AnyQParams } from '../../quantize';
import type { BlockWeights } from '../../weights';
import type { TensorParams } from '../decisions';
import type { StoredLayer } from './context';

export function paramsOf({ type, scale, zeroPoint, granularity }: AnyQParams): TensorParams {
  return granularity === 'tensor' ? { type, scale, zeroPoint } : { type, scale, zeroPoint, axis: granularity.axis };
}

/** Blocks along the last axis of [outputs, k]. */
export function paramsOfBlocks(tensor: string, weights: BlockWeights, sqnr: number): StoredLayer {
  const { type, scale, zeroPoint, block } = weights;
  const form = type === 'int4' || type === 'uint4' ? 'int4' : 'int8';
  return { form, tensor, params: { type, scale, zeroPoint, axis: 1, block }, sqnr };
}
