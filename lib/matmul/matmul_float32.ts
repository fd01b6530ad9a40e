// float32 matrix multiplication: the baseline that int8 is compared with.
import { addon } from '../addon';
import { makeError } from '../errors';
import { Tensor, type TensorLike } from '../tensor';
import { checkDisjoint, type Rows, rowsOf } from '../tensor/matrix';
import { allocateOrThrow, checkTensorLike } from '../tensor/tensor';
import { checkOptions, reject } from '../validate';
import { type Float32Weights, float32Weights, packFloat32, packFloat32Async } from './packed_float32';

export interface MatmulFloat32Options {
  /** Where the result goes: a Float32Array of its length. Default: a new one. */
  readonly out?: Float32Array;
}

interface Prepared {
  readonly rows: Rows<'float32'>;
  readonly weights: Float32Weights;
  readonly dims: readonly number[];
  readonly count: number;
}

/**
 * c = a · b in float32. Every output is one chain of fused multiply-adds, k ascending, on every instruction set.
 * b is packed for each call; a Linear keeps its weights packed.
 *
 * @param a float32 [m, k] or [batch, m, k]; `strides` may put rows apart
 * @param b float32 [k, n], used for every batch
 * @returns float32 [m, n] or [batch, m, n]
 * @throws ERR_SHAPE, ERR_DTYPE
 */
export function matmulFloat32(
  a: TensorLike<'float32'>,
  b: TensorLike<'float32'>,
  options?: MatmulFloat32Options,
): Tensor<'float32'> {
  const { rows, weights, dims, count } = prepare(a, b, options);
  const out = float32Output(options?.out, count, dims);
  checkDisjoint(out, rows.data, 'a');
  const packed = packFloat32(weights);
  addon.matmulFloat32(rows.data, packed, out, rows.m, rows.stride, null);
  addon.dispose(packed);
  return new Tensor('float32', out, dims);
}

/** As matmulFloat32, computed off the event loop. The inputs are copied before the call returns. */
export async function matmulFloat32Async(
  a: TensorLike<'float32'>,
  b: TensorLike<'float32'>,
  options?: MatmulFloat32Options,
): Promise<Tensor<'float32'>> {
  const { rows, weights, dims, count } = prepare(a, b, options);
  if (options?.out !== undefined) float32Output(options.out, count, dims);
  const result = allocateOrThrow('float32', count, dims);
  const copy = rows.data.slice(); // the caller could change it while b is being packed
  const packed = await packFloat32Async(weights);
  await addon.matmulFloat32Async(copy, packed, result, rows.m, rows.stride, null);
  addon.dispose(packed);
  return new Tensor('float32', copyTo(options?.out, result, dims), dims);
}

function prepare(
  a: TensorLike<'float32'>,
  b: TensorLike<'float32'>,
  options: MatmulFloat32Options | undefined,
): Prepared {
  checkOptions('options', options);
  const left = checkTensorLike('a', a, ['float32']);
  if (left.dims.length !== 2 && left.dims.length !== 3)
    throw makeError('ERR_SHAPE', `a must be [m, k] or [batch, m, k], got dims [${left.dims}]`);
  const rows = rowsOf('a', left);
  const weights = float32Weights('b', b, false);
  if (weights.k !== rows.k) throw makeError('ERR_SHAPE', `a has k ${rows.k}, b has k ${weights.k}: they must be equal`);
  return { rows, weights, dims: [...left.dims.slice(0, -1), weights.n], count: rows.m * weights.n };
}

/** @internal The caller's output, checked, or a new one. */
export function float32Output(out: unknown, count: number, dims: readonly number[]): Float32Array {
  if (out === undefined) return allocateOrThrow('float32', count, dims);
  if (!(out instanceof Float32Array)) reject('out', 'a Float32Array', out, 'ERR_DTYPE');
  if (out.length !== count)
    throw makeError('ERR_SHAPE', `out must have length ${count} for [${dims.join(', ')}], got ${out.length}`);
  return out;
}

/** @internal An asynchronous result in the caller's array, which is checked again: it may have been detached meanwhile. */
export function copyTo(out: unknown, result: Float32Array, dims: readonly number[]): Float32Array {
  if (out === undefined) return result;
  const target = float32Output(out, result.length, dims);
  target.set(result);
  return target;
}
