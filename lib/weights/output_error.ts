// What errors in weights do to a layer's outputs, from the Gram matrix of its inputs.
import { makeError } from '../errors';
import { matmulFloat32 } from '../matmul';
import type { FloatMatrix } from './block_weights';
import type { GramMatrix } from './gram';

/** A square matrix for quadratic forms eᵀ G e, as float32. */
export interface QuadraticForm {
  readonly matrix: Float32Array;
  readonly width: number;
}

/** The mean of x xᵀ of channels [from, to), with x[j] / divisors[j] where there are divisors. */
export function quadraticForm(
  gram: GramMatrix,
  from = 0,
  to = gram.channels,
  divisors?: ArrayLike<number>,
): QuadraticForm {
  const width = to - from;
  const matrix = new Float32Array(width * width);
  const divisor = (i: number) => (divisors === undefined ? 1 : divisors[from + i]!);
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++)
      matrix[i * width + j] = gram.at(from + i, from + j) / (gram.rows * divisor(i) * divisor(j));
  return { matrix, width };
}

/** eᵀ G e of each row e of a matrix [rows, width]; products in float32, sums over a row's products in double. */
export function quadraticForms(rows: Float32Array, { matrix, width }: QuadraticForm): Float64Array {
  const count = rows.length / width;
  const products = matmulFloat32(
    { type: 'float32', dims: [count, width], data: rows },
    { type: 'float32', dims: [width, width], data: matrix },
  ).data;
  const result = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++)
    for (let i = 0; i < width; i++, at++) result[row]! += products[at]! * rows[at]!;
  return result;
}

/** The sum of quadraticForms over rows. */
export function quadraticSum(rows: Float32Array, form: QuadraticForm): number {
  return quadraticForms(rows, form).reduce((sum, value) => sum + value, 0);
}

/**
 * The squared error of a layer's outputs over their squares: sum of |(W - V) x|² / sum of |W x|² over the inputs x behind a
 * Gram matrix; 0 where the outputs are 0.
 *
 * @param matrix W, [outputs, channels]
 * @param replacement V, as long: what takes its place
 * @throws ERR_SHAPE unless all are of one size; ERR_RANGE for a Gram matrix without rows
 */
export function outputError(matrix: FloatMatrix, replacement: Float32Array, gram: GramMatrix): number {
  checkGram(matrix, gram);
  if (replacement.length !== matrix.data.length)
    throw makeError('ERR_SHAPE', `${replacement.length} values do not replace ${matrix.data.length}`);
  const form = quadraticForm(gram);
  const signal = quadraticSum(matrix.data, form);
  const noise = quadraticSum(
    matrix.data.map((value, i) => value - replacement[i]!),
    form,
  );
  return noise > 0 || signal > 0 ? Math.max(noise, 0) / signal : 0;
}

/** Throws ERR_SHAPE, or ERR_RANGE without rows, unless a Gram matrix is of a matrix's inputs. */
export function checkGram({ columns }: FloatMatrix, gram: GramMatrix): void {
  if (gram.channels !== columns)
    throw makeError(
      'ERR_SHAPE',
      `a Gram matrix of ${gram.channels} channels does not fit weights of ${columns} columns`,
    );
  if (gram.rows === 0) throw makeError('ERR_RANGE', 'the Gram matrix has seen no inputs');
}
