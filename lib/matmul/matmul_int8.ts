// Exact int8 matrix multiplication, ONNX MatMulInteger.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type PackedHandle } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { checkContiguous, rowsOf } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, checkTensorLike, checkUnshared, copyOf, readTensorLike, resultDims, Tensor } from '../tensor/tensor';
import { checkInteger, checkOptions, isObject, reject, show } from '../validate';
import { handleOf, PackedWeights, packWeights, packWeightsAsync } from './pack_weights';

export interface MatmulInt8Options {
  /** Zero point of a: one number, or one for each row. Default 0. */
  readonly aZeroPoint?: number | Int32Array;
  /** Zero point of b: one number, or one for each column. Default 0. */
  readonly bZeroPoint?: number | Int32Array;
  /** Where the result goes: an Int32Array of its length. Default: a new one. */
  readonly out?: Int32Array;
}

type A = TensorLike<'int8' | 'uint8'>;
type B = PackedWeights | TensorLike<'int8'>;

const BYTES = ['int8', 'uint8'] as const;

/** The second operand: packed weights for all rows of a, or matrices [k, n], one for all or one for each batch. */
interface Second {
  readonly k: number;
  readonly n: number;
  readonly packed: PackedHandle | null;
  readonly matrices: readonly TensorLike<'int8'>[];
}

/** Rows that meet one matrix, with the zero points of both. */
interface Part {
  readonly data: Int8Array | Uint8Array;
  readonly m: number;
  readonly stride: number;
  readonly aZeroPoint: Int32Array | null;
  readonly bZeroPoint: Int32Array | null;
}

/** A checked call: all rows of a, what they meet, and the output's form. */
interface Prepared extends OutputForm<'int32'>, Part {
  readonly aType: 'int8' | 'uint8';
  readonly b: Second;
  /** As it was given. */
  readonly out: unknown;
}

/**
 * c = (a - aZeroPoint) · (b - bZeroPoint) in exact int32, as ONNX MatMulInteger.
 *
 * @param a int8 or uint8 [m, k] or [batch, m, k]; `strides` may put rows apart
 * @param b packed weights or int8 [k, n] for every batch, or int8 [batch, k, n]
 * @returns int32 [m, n] or [batch, m, n]
 * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for zero points outside of their type, or if
 *   k * max|a - aZeroPoint| * max|b - bZeroPoint| could exceed 2^31 - 1 (k is at most 65,793 for uint8 without zero points)
 */
export function matmulInt8(a: A, b: B, options?: MatmulInt8Options): Tensor<'int32'> {
  const call = prepare(a, b, options);
  const out = outputArray(call.out, call);
  if (call.b.packed !== null) multiply(call, call.b.packed, out);
  else
    call.b.matrices.forEach((matrix, i) => {
      const packed = packWeights(matrix);
      try {
        multiply(partOf(call, i), handleOf(packed), outOf(call, i, out));
      } finally {
        packed.dispose(); // no finalizer runs before the event loop does: calls in a row would fill the memory
      }
    });
  return new Tensor('int32', out, call.dims, CHECKED);
}

/** As matmulInt8, computed off the event loop. The inputs are copied before the call returns. */
export async function matmulInt8Async(
  a: A,
  b: B,
  options?: MatmulInt8Options & AsyncOptions,
): Promise<Tensor<'int32'>> {
  const signal = signalOf(options);
  const call = prepare(a, b, options);
  checkOutput(call.out, call);
  const result = outputArray(undefined, call);
  if (call.b.packed !== null) await multiplyAsync(call, call.b.packed, result, signal);
  else {
    const owned = ownInputs(call);
    const each = call.b.matrices.map(async (matrix, i) => {
      const packed = await packWeightsAsync(matrix, { signal });
      try {
        await multiplyAsync(partOf(owned, i), handleOf(packed), outOf(owned, i, result), signal);
      } finally {
        packed.dispose();
      }
    });
    await Promise.all(each);
  }
  return new Tensor('int32', deliver(call.out, result, call), call.dims, CHECKED);
}

function multiply({ data, m, stride, aZeroPoint, bZeroPoint }: Part, b: PackedHandle, out: Int32Array): void {
  // Every argument takes time to look at, which small products notice.
  if (aZeroPoint === null && bZeroPoint === null) addon.matmulInt8(data, b, out, m, stride);
  else addon.matmulInt8(data, b, out, m, stride, aZeroPoint, bZeroPoint);
}

function multiplyAsync(part: Part, b: PackedHandle, out: Int32Array, signal: AbortSignal | undefined): Promise<void> {
  const { data, m, stride, aZeroPoint, bZeroPoint } = part;
  return untilAborted(signal, () => addon.matmulInt8Async(data, b, out, m, stride, aZeroPoint, bZeroPoint));
}

/** Copies what the caller could change while the weights are being packed. */
function ownInputs(call: Prepared): Prepared {
  const { data, aZeroPoint, bZeroPoint } = call;
  checkUnshared('a', data);
  return {
    ...call,
    data: copyOf(call.aType, data),
    aZeroPoint: aZeroPoint && copyOf('int32', aZeroPoint),
    bZeroPoint: bZeroPoint && copyOf('int32', bZeroPoint),
  };
}

/** The rows and zero points that matrix i meets: all of them if it is the only one. */
function partOf(call: Prepared, i: number): Part {
  const { data, stride, aZeroPoint, bZeroPoint, b } = call;
  if (b.matrices.length === 1) return call;
  const m = call.m / b.matrices.length;
  if (m === 0) return { ...call, m }; // empty arrays, which may be detached
  const first = i * m;
  return {
    data: data.subarray(first * stride, (first + m - 1) * stride + b.k),
    m,
    stride,
    aZeroPoint: aZeroPoint !== null && aZeroPoint.length > 1 ? aZeroPoint.subarray(first, first + m) : aZeroPoint,
    bZeroPoint,
  };
}

/** The output of matrix i. */
function outOf({ m, b }: Prepared, i: number, out: Int32Array): Int32Array {
  const length = (m / b.matrices.length) * b.n;
  return b.matrices.length === 1 || length === 0 ? out : out.subarray(i * length, (i + 1) * length);
}

function prepare(a: A, b: B, options: MatmulInt8Options | undefined): Prepared {
  const { aZeroPoint, bZeroPoint, out } = checkOptions('options', options);
  const left = readTensorLike('a', a, BYTES);
  if (left.dims.length !== 2 && left.dims.length !== 3)
    throw makeError('ERR_SHAPE', `a must be [m, k] or [batch, m, k], got dims [${left.dims}]`);
  const { data, m, k, stride } = rowsOf('a', left);
  const second = secondOf(b, left.dims);
  if (k !== second.k) throw makeError('ERR_SHAPE', `a has k ${k}, b has k ${second.k}: they must be equal`);
  return {
    type: 'int32',
    dims: resultDims(left.dims, second.n),
    count: m * second.n,
    aType: left.type,
    data,
    m,
    stride,
    aZeroPoint: zeroPoints('aZeroPoint', aZeroPoint, m),
    bZeroPoint: zeroPoints('bZeroPoint', bZeroPoint, second.n),
    b: second,
    out,
  };
}

function secondOf(b: B, aDims: readonly number[]): Second {
  if (b instanceof PackedWeights) return { packed: handleOf(b), k: b.k, n: b.n, matrices: [] };
  if (isObject(b) && !('type' in b) && show(b) === PackedWeights.name)
    throw makeError(
      'ERR_DTYPE',
      'b must be packed by this copy of octavo, got PackedWeights of another copy of octavo',
    );
  const tensor = checkTensorLike('b', b, ['int8']);
  checkContiguous('b', tensor);
  if (tensor.dims.length === 2) return { k: tensor.dims[0]!, n: tensor.dims[1]!, packed: null, matrices: [tensor] };
  if (tensor.dims.length !== 3 || aDims.length !== 3 || tensor.dims[0] !== aDims[0])
    throw makeError(
      'ERR_SHAPE',
      `b must be [k, n], or [batch, k, n] with the batch of a, got [${tensor.dims}] for a [${aDims}]`,
    );
  const [batch, k, n] = tensor.dims as readonly [number, number, number];
  // Matrices without values are all alike, and there may be more of them than memory has places.
  if (k * n === 0) return { k, n, packed: null, matrices: [{ ...tensor, dims: [k, n] }] };
  const matrices = Array.from({ length: batch }, (_, i) => ({
    type: 'int8' as const,
    dims: [k, n],
    data: tensor.data.subarray(i * k * n, (i + 1) * k * n),
  }));
  return { k, n, packed: null, matrices };
}

/** @internal A zero point as native code takes it: null for 0. Throws ERR_SHAPE, ERR_DTYPE, ERR_RANGE. */
export function zeroPoints(name: string, value: unknown, count: number): Int32Array | null {
  if (value === undefined || value === 0) return null;
  if (isDataOf('int32', value)) {
    if (value.length !== 1 && value.length !== count)
      throw makeError('ERR_SHAPE', `${name} must have length 1 or ${count}, got ${value.length}`);
    return value;
  }
  if (typeof value !== 'number') reject(name, 'a number or an Int32Array', value, 'ERR_DTYPE');
  return Int32Array.of(checkInteger(name, value, -128, 255));
}
