// Exact int8 matrix multiplication, ONNX MatMulInteger.
import { addon } from '../addon';
import { makeError } from '../errors';
import { Tensor, type TensorLike } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { checkContiguous, checkDisjoint, type Rows, rowsOf } from '../tensor/matrix';
import { deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { checkTensorLike, copyOf } from '../tensor/tensor';
import { checkInteger, checkOptions, reject } from '../validate';
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

type Matrix = PackedWeights | TensorLike<'int8'>;

/** A checked call: rows of a, the matrices they meet (one for all, or one for each batch), zero points and output. */
interface Prepared extends OutputForm<'int32'> {
  readonly rows: Rows<'int8' | 'uint8'>;
  readonly matrices: readonly Matrix[];
  readonly aZeroPoint: Int32Array | null;
  readonly bZeroPoint: Int32Array | null;
  readonly n: number;
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
  const out = outputArray(options?.out, call);
  checkDisjoint(out, call.rows.data, 'a');
  for (let i = 0; i < call.matrices.length; i++) {
    const matrix = call.matrices[i]!;
    const packed = matrix instanceof PackedWeights ? matrix : packWeights(matrix);
    const { data, m, aZeroPoint, part } = shareOf(call, i, out);
    addon.matmulInt8(data, handleOf(packed), part, m, call.rows.stride, aZeroPoint, call.bZeroPoint);
  }
  return new Tensor('int32', out, call.dims);
}

/** As matmulInt8, computed off the event loop. The inputs are copied before the call returns. */
export async function matmulInt8Async(a: A, b: B, options?: MatmulInt8Options): Promise<Tensor<'int32'>> {
  const call = prepare(a, b, options);
  const given = options?.out;
  if (given !== undefined) outputArray(given, call);
  const result = outputArray(undefined, call);
  const owned = call.matrices.every((matrix) => matrix instanceof PackedWeights) ? call : ownInputs(call);
  await Promise.all(
    call.matrices.map(async (matrix, i) => {
      const packed = matrix instanceof PackedWeights ? matrix : await packWeightsAsync(matrix);
      const { data, m, aZeroPoint, part } = shareOf(owned, i, result);
      await addon.matmulInt8Async(data, handleOf(packed), part, m, owned.rows.stride, aZeroPoint, owned.bZeroPoint);
    }),
  );
  return new Tensor('int32', deliver(given, result, call), call.dims);
}

/** Copies what the caller could change while the weights are being packed. */
function ownInputs(call: Prepared): Prepared {
  const { rows, aZeroPoint, bZeroPoint } = call;
  return {
    ...call,
    rows: { ...rows, data: copyOf(rows.type, rows.data) },
    aZeroPoint: aZeroPoint && copyOf('int32', aZeroPoint),
    bZeroPoint: bZeroPoint && copyOf('int32', bZeroPoint),
  };
}

/** The rows, zero points and output that matrix i meets: all of them if it is the only one. */
function shareOf({ rows, matrices, aZeroPoint, n }: Prepared, i: number, out: Int32Array) {
  if (matrices.length === 1) return { data: rows.data, m: rows.m, aZeroPoint, part: out };
  const m = rows.m / matrices.length;
  const first = i * m;
  if (m === 0) return { data: rows.data, m, aZeroPoint, part: out }; // empty arrays, which may be detached
  return {
    data: rows.data.subarray(first * rows.stride, (first + m - 1) * rows.stride + rows.k),
    m,
    aZeroPoint: aZeroPoint !== null && aZeroPoint.length > 1 ? aZeroPoint.subarray(first, first + m) : aZeroPoint,
    part: out.subarray(first * n, (first + m) * n),
  };
}

function prepare(a: A, b: B, options: MatmulInt8Options | undefined): Prepared {
  const { aZeroPoint, bZeroPoint } = checkOptions('options', options);
  const left = checkTensorLike('a', a, ['int8', 'uint8']);
  if (left.dims.length !== 2 && left.dims.length !== 3)
    throw makeError('ERR_SHAPE', `a must be [m, k] or [batch, m, k], got dims [${left.dims}]`);
  const rows = rowsOf('a', left);
  const { matrices, k, n } = matricesOf(b, left.dims);
  if (k !== rows.k) throw makeError('ERR_SHAPE', `a has k ${rows.k}, b has k ${k}: they must be equal`);
  return {
    type: 'int32',
    rows,
    matrices,
    aZeroPoint: zeroPoints('aZeroPoint', aZeroPoint, rows.m),
    bZeroPoint: zeroPoints('bZeroPoint', bZeroPoint, n),
    dims: [...left.dims.slice(0, -1), n],
    n,
    count: rows.m * n,
  };
}

/** The matrices of b, all [k, n]: one for all rows of a, or one for each batch. */
function matricesOf(b: B, aDims: readonly number[]): { matrices: Matrix[]; k: number; n: number } {
  if (b instanceof PackedWeights) {
    handleOf(b); // throws for a look-alike
    return { matrices: [b], k: b.k, n: b.n };
  }
  const tensor = checkTensorLike('b', b, ['int8']);
  checkContiguous('b', tensor);
  if (tensor.dims.length === 2) return { matrices: [tensor], k: tensor.dims[0]!, n: tensor.dims[1]! };
  if (tensor.dims.length !== 3 || aDims.length !== 3 || tensor.dims[0] !== aDims[0])
    throw makeError(
      'ERR_SHAPE',
      `b must be [k, n], or [batch, k, n] with the batch of a, got [${tensor.dims}] for a [${aDims}]`,
    );
  const [batch, k, n] = tensor.dims as readonly [number, number, number];
  // Matrices without values are all alike, and there may be more of them than memory has places.
  if (k * n === 0) return { matrices: [{ ...tensor, dims: [k, n] }], k, n };
  const matrices = Array.from({ length: batch }, (_, i) => ({
    type: 'int8' as const,
    dims: [k, n],
    data: tensor.data.subarray(i * k * n, (i + 1) * k * n),
  }));
  return { matrices, k, n };
}

function zeroPoints(name: string, value: unknown, count: number): Int32Array | null {
  if (value === undefined || value === 0) return null;
  if (isDataOf('int32', value)) {
    if (value.length !== 1 && value.length !== count)
      throw makeError('ERR_SHAPE', `${name} must have length 1 or ${count}, got ${value.length}`);
    return value;
  }
  if (typeof value !== 'number') reject(name, 'a number or an Int32Array', value, 'ERR_DTYPE');
  return Int32Array.of(checkInteger(name, value, -128, 255));
}
