// Rows of a tensor as the kernels see them: m rows of k values, rows a stride apart.
import { makeError } from '../errors';
import { show } from '../validate';
import { type DataOf, type DType, elementsFor } from './dtype';
import { productOf, type TensorLike } from './tensor';

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

/** The distance between rows that `strides` describe; those of axes with one index are never taken. */
function rowStride(name: string, { dims, strides }: TensorLike): number {
  const k = dims[dims.length - 1]!;
  const valid =
    Array.isArray(strides) &&
    strides.length === dims.length &&
    strides.every((stride) => Number.isSafeInteger(stride) && stride >= 0) &&
    (strides[dims.length - 1] === 1 || k <= 1);
  if (!valid)
    throw makeError(
      'ERR_SHAPE',
      `${name}.strides must be one integer for each dimension, the last one 1, got ${show(strides)}`,
    );
  let stride: number | undefined;
  let next = 0; // what an axis must have whose rows continue those of the axes after it
  for (let axis = dims.length - 2; axis >= 0; axis--) {
    if (dims[axis]! <= 1) continue;
    stride ??= next = strides[axis]!;
    if (strides[axis] !== next)
      throw makeError('ERR_SHAPE', `${name}.strides [${strides.join(', ')}] do not describe evenly spaced rows`);
    next *= dims[axis]!;
  }
  if (stride !== undefined && stride < k)
    throw makeError('ERR_SHAPE', `${name}.strides must keep rows at least ${k} apart, got ${stride}`);
  return stride ?? k;
}

/** The number of values; throws ERR_SHAPE unless `tensor`, whose dims are checked, is contiguous and its data hold them. */
export function checkContiguous(name: string, tensor: TensorLike): number {
  const count = productOf(tensor.dims);
  if (tensor.strides !== undefined)
    throw makeError('ERR_SHAPE', `${name} must be contiguous: this call takes no strides`);
  const length = elementsFor(tensor.type, count);
  if (tensor.data.length !== length)
    throw makeError(
      'ERR_SHAPE',
      `${name}.data must have length ${length} for dims [${tensor.dims.join(', ')}], got ${tensor.data.length}`,
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
