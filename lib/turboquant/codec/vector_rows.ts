// Tensors as rows of vectors.
import { makeError } from '../../errors';
import { type Rows, rowsOf } from '../../tensor/matrix';
import { readTensorLike, type TensorLike } from '../../tensor/tensor';

export type VectorRows = Rows<'float32'>;

/** The rows of a tensor [..., dim]. Throws ERR_SHAPE, ERR_DTYPE. */
export function vectorRows(name: string, tensor: TensorLike<'float32'>, dim: number): VectorRows {
  const rows = rowsOf(name, readTensorLike(name, tensor, ['float32']));
  if (rows.k !== dim) throw makeError('ERR_SHAPE', `${name} must have rows of ${dim} values, got ${rows.k}`);
  return rows;
}
