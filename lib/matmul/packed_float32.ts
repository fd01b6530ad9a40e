// float32 weights packed for the kernels; what Linear keeps and matmulFloat32 makes of its second operand.
import { addon, type PackedHandle } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { checkTensorLike } from '../tensor/tensor';

export interface Float32Weights {
  readonly data: Float32Array;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** A checked matrix: [k, n], or [n, k] when transposed. */
export function float32Weights(name: string, value: unknown, transposed: boolean): Float32Weights {
  const tensor: TensorLike<'float32'> = checkTensorLike(name, value, ['float32']);
  checkContiguous(name, tensor);
  if (tensor.dims.length !== 2)
    throw makeError('ERR_SHAPE', `${name} must be ${transposed ? '[out, in]' : '[k, n]'}, got dims [${tensor.dims}]`);
  const [rows, columns] = tensor.dims as readonly [number, number];
  return { data: tensor.data, k: transposed ? columns : rows, n: transposed ? rows : columns, transposed };
}

export function packFloat32({ data, k, n, transposed }: Float32Weights): PackedHandle {
  return addon.packFloat32(data, k, n, transposed);
}

export function packFloat32Async({ data, k, n, transposed }: Float32Weights): Promise<PackedHandle> {
  return addon.packFloat32Async(data, k, n, transposed);
}
