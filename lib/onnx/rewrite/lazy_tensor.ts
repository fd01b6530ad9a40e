// Tensors that are computed from others: at once, or where those are not in memory, when they are asked for.
import { type ElementArray, ModelTensor, type NumericType } from '../model';

/** True for a tensor whose bytes are in memory, rather than in a file or still to be computed. */
export const isHeld = ({ source }: ModelTensor): boolean => source.kind === 'bytes';

/**
 * The tensor with the values that `compute` gives from those of `from`. Of a tensor in a file nothing stays in memory: a model
 * larger than that can be quantized, tensor by tensor as it is written.
 */
export function computedFrom(
  from: ModelTensor,
  type: NumericType,
  dims: readonly number[],
  compute: () => ElementArray,
): ModelTensor {
  return isHeld(from) ? ModelTensor.of(type, dims, compute()) : ModelTensor.computed(type, dims, compute);
}
