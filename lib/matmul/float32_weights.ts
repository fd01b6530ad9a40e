// float32 matrices as second operands: of matmulFloat32 and of linear layers.
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { readTensorLike } from '../tensor/tensor';

const FLOATS = ['float32'] as const;

export interface Float32Weights {
  readonly data: Float32Array;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** A checked matrix: [k, n], or [n, k] when transposed. */
export function float32Weights(name: string, value: unknown, transposed: boolean): Float32Weights {
  const tensor: TensorLike<'float32'> = readTensorLike(name, value, FLOATS);
  checkContiguous(name, tensor);
  if (tensor.dims.length !== 2)
    throw makeError('ERR_SHAPE', `${name} must be ${transposed ? '[out, in]' : '[k, n]'}, got dims [${tensor.dims}]`);
  const [rows, columns] = tensor.dims as readonly [number, number];
  return { data: tensor.data, k: transposed ? columns : rows, n: transposed ? rows : columns, transposed };
}
