// From Fortran's order to row-major order.
import { Tensor } from '../tensor';

/**
 * The transpose of a row-major tensor with all axes in the opposite order.
 * @param values of `dims`
 * @returns of the reversed dims
 */
export function reverseAxes(values: Float32Array, dims: readonly number[]): Tensor<'float32'> {
  const reversed = dims.toReversed();
  const result = new Float32Array(values.length);
  const strides = new Array<number>(dims.length).fill(1); // of the result's axes in `values`
  for (let axis = 1; axis < dims.length; axis++) strides[axis] = strides[axis - 1]! * reversed[axis - 1]!;
  const index = new Array<number>(dims.length).fill(0);
  for (let i = 0, at = 0; i < result.length; i++) {
    result[i] = values[at]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < reversed[axis]!) break;
      at -= strides[axis]! * reversed[axis]!;
      index[axis] = 0;
    }
  }
  return new Tensor('float32', result, reversed);
}
