// float32 matrix multiplication: the baseline that int8 is compared with.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { type Rows, rowsOf } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, readTensorLike, resultDims, Tensor } from '../tensor/tensor';
import { checkOptions } from '../validate';
import { type Float32Weights, float32Weights } from './float32_weights';

export interface MatmulFloat32Options {
  /** Where the result goes: a Float32Array of its length. Default: a new one. */
  readonly out?: Float32Array;
}

interface Prepared extends OutputForm<'float32'> {
  readonly rows: Rows<'float32'>;
  readonly weights: Float32Weights;
  /** As it was given. */
  readonly out: unknown;
}

const FLOATS = ['float32'] as const;

/**
 * c = a · b in float32. Every output is one chain of fused multiply-adds, k ascending, on every instruction set.
 * A Linear keeps its weights packed, this call packs b block by block.
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
  const call = prepare(a, b, options);
  const { rows, weights, dims } = call;
  const out = outputArray(call.out, call);
  addon.multiplyFloat32(rows.data, weights.data, out, rows.m, rows.stride, weights.k, weights.n);
  return new Tensor('float32', out, dims, CHECKED);
}

/** As matmulFloat32, computed off the event loop. The inputs are copied before the call returns. */
export async function matmulFloat32Async(
  a: TensorLike<'float32'>,
  b: TensorLike<'float32'>,
  options?: MatmulFloat32Options & AsyncOptions,
): Promise<Tensor<'float32'>> {
  const signal = signalOf(options);
  const call = prepare(a, b, options);
  const { rows, weights, dims } = call;
  checkOutput(call.out, call);
  const result = outputArray(undefined, call);
  await untilAborted(signal, () =>
    addon.multiplyFloat32Async(rows.data, weights.data, result, rows.m, rows.stride, weights.k, weights.n),
  );
  return new Tensor('float32', deliver(call.out, result, call), dims, CHECKED);
}

function prepare(
  a: TensorLike<'float32'>,
  b: TensorLike<'float32'>,
  options: MatmulFloat32Options | undefined,
): Prepared {
  const { out } = checkOptions('options', options);
  const left = readTensorLike('a', a, FLOATS);
  if (left.dims.length !== 2 && left.dims.length !== 3)
    throw makeError('ERR_SHAPE', `a must be [m, k] or [batch, m, k], got dims [${left.dims}]`);
  const rows = rowsOf('a', left);
  const weights = float32Weights('b', b, false);
  if (weights.k !== rows.k) throw makeError('ERR_SHAPE', `a has k ${rows.k}, b has k ${weights.k}: they must be equal`);
  return { type: 'float32', rows, weights, dims: resultDims(left.dims, weights.n), count: rows.m * weights.n, out };
}
