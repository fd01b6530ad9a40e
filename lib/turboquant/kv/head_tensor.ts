// Tensors [tokens, heads, headDim] of attention's calls.
import { makeError } from '../../errors';
import type { DataOf, TensorLike } from '../../tensor';
import { checkContiguous } from '../../tensor/matrix';
import { readTensorLike } from '../../tensor/tensor';

export interface HeadTensor<T extends 'float32' | 'float16'> {
  readonly data: DataOf<T>;
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
}

/** Throws ERR_DTYPE, ERR_SHAPE. */
export function headTensor<T extends 'float32' | 'float16'>(
  name: string,
  value: TensorLike<T>,
  types: readonly T[],
): HeadTensor<T> {
  const tensor = readTensorLike(name, value, types);
  const { dims, data } = tensor;
  if (dims.length !== 3) throw makeError('ERR_SHAPE', `${name} must be [tokens, heads, headDim], got dims [${dims}]`);
  checkContiguous(name, tensor);
  const [tokens, heads, headDim] = dims as readonly [number, number, number];
  return { data, tokens, heads, headDim };
}
