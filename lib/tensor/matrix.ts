// Rows of a tensor as the kernels see them: m rows of k values, rows a stride apart.
import { makeError } from '../errors';
import { show } from '../validate';
import type { DataOf, DType } from './dtype';
import { countValues, type TensorLike } from './tensor';

export interface Rows<T extends DType> {
  readonly type: T;
  readonly data: DataOf<T>;
  readonly m: number;
  readonly k: number;
  readonly stride: number;
}

/**
 * A checked tensor [..., k] as rows of k values. Strides may put rows apart, not elements; leading dimensions must fold into
 * one. Throws ERR_SHAPE for anything else, and for data shorter than the rows need.
 */
export function rowsOf<T extends DType>(name: string, tensor: TensorLike<T>): Rows<T> {
  const { dims, data } = tensor;
  if (dims.length === 0) throw makeError('ERR_SHAPE', `${name} must have at least one dimension, got a scalar`);
  const k = dims[dims.length - 1]!;
  let m = 1;
  for (let axis = 0; axis < dims.length - 1; axis++) m *= dims[axis]!;
  const stride = tensor.strides === undefined ? k : rowStride(name, tensor);
  const needed = m === 0 ? 0 : (m - 1) * stride + k;
  const exact = tensor.strides === undefined;
  if (exact ? data.length !== needed : data.length < needed)
    throw makeError(
      'ERR_SHAPE',
      `${name}.data must have ${exact ? 'length' : 'at least'} ${needed} for dims [${dims.join(', ')}], got ${data.length}`,
    );
  return { type: tensor.type, data, m, k, stride };
}

/** The distance between rows that `strides` describe. */
function rowStride(name: string, { dims, strides }: TensorLike): number {
  const valid =
    Array.isArray(strides) &&
    strides.length === dims.length &&
    strides.every((stride) => Number.isSafeInteger(stride) && stride >= 0) &&
    strides[dims.length - 1] === 1;
  if (!valid)
    throw makeError(
      'ERR_SHAPE',
      `${name}.strides must be one integer for each dimension, the last one 1, got ${show(strides)}`,
    );
  if (dims.length === 1) return dims[0]!;
  const stride = strides[dims.length - 2]!;
  for (let axis = 0; axis < dims.length - 2; axis++)
    if (strides[axis] !== strides[axis + 1]! * dims[axis + 1]!)
      throw makeError('ERR_SHAPE', `${name}.strides [${strides.join(', ')}] do not describe evenly spaced rows`);
  if (stride < dims[dims.length - 1]!)
    throw makeError(
      'ERR_SHAPE',
      `${name}.strides must keep rows at least ${dims[dims.length - 1]} apart, got ${stride}`,
    );
  return stride;
}

/** Throws ERR_SHAPE unless `tensor` is contiguous and its data has the length of its dims. */
export function checkContiguous(name: string, tensor: TensorLike): number {
  const count = countValues(name, tensor.dims);
  if (tensor.strides !== undefined)
    throw makeError('ERR_SHAPE', `${name} must be contiguous: this call takes no strides`);
  if (tensor.data.length !== count)
    throw makeError(
      'ERR_SHAPE',
      `${name}.data must have length ${count} for dims [${tensor.dims.join(', ')}], got ${tensor.data.length}`,
    );
  return count;
}

interface ByteRange {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Throws ERR_SHAPE if the output overlaps an input in memory. */
export function checkDisjoint(out: ByteRange, input: ByteRange, name: string): void {
  if (out.buffer !== input.buffer || out.byteLength === 0 || input.byteLength === 0) return;
  const apart =
    out.byteOffset + out.byteLength <= input.byteOffset || input.byteOffset + input.byteLength <= out.byteOffset;
  if (!apart) throw makeError('ERR_SHAPE', `out must not overlap ${name} in memory`);
}
