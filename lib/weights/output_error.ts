// What errors in weights do to a layer's outputs, from the Gram matrix of its inputs.
import type { AsyncOptions } from '../abort_signal';
import { makeError } from '../errors';
import { matmulFloat32, matmulFloat32Async } from '../matmul';
import type { TensorLike } from '../tensor';
import type { FloatMatrix } from './block_weights';
import type { GramMatrix } from './gram';
import { endsPart, type InParts, runParts, runTurns } from './turns';

/** A square matrix for quadratic forms eᵀ G e, as float32. */
export interface QuadraticForm {
  readonly matrix: Float32Array;
  readonly width: number;
}

/** The mean of x xᵀ of channels [from, to), with x[j] / divisors[j] where there are divisors. */
export function quadraticForm(gram: GramMatrix): QuadraticForm {
  return runParts(quadraticFormInParts(gram));
}

export function* quadraticFormInParts(
  gram: GramMatrix,
  from = 0,
  to = gram.channels,
  divisors?: ArrayLike<number>,
): InParts<QuadraticForm> {
  const width = to - from;
  if (width === gram.channels && divisors === undefined) return { matrix: yield* meanMatrix(gram), width };
  const matrix = new Float32Array(width * width);
  const divisor = (i: number) => (divisors === undefined ? 1 : divisors[from + i]!);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++)
      matrix[i * width + j] = gram.at(from + i, from + j) / (gram.rows * divisor(i) * divisor(j));
    if (endsPart(i, width)) yield undefined;
  }
  return { matrix, width };
}

function* meanMatrix(gram: GramMatrix): InParts<Float32Array> {
  const [n, triangle] = [gram.channels, gram.toTriangle()];
  const matrix = new Float32Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i; j < n; j++, at++) matrix[i * n + j] = matrix[j * n + i] = triangle[at]! / gram.rows;
    if (endsPart(i, n)) yield undefined;
  }
  return matrix;
}

/** eᵀ G e of each row e of a matrix [rows, width]; products in float32, sums over a row's products in double. */
export function quadraticForms(rows: Float32Array, form: QuadraticForm): Float64Array {
  return runParts(formsInParts(rows, form));
}

function* formsInParts(rows: Float32Array, { matrix, width }: QuadraticForm): InParts<Float64Array> {
  const count = rows.length / width;
  const [x, g] = [
    { type: 'float32', dims: [count, width], data: rows },
    { type: 'float32', dims: [width, width], data: matrix },
  ] as [TensorLike<'float32'>, TensorLike<'float32'>];
  const products = new Float32Array(rows.length);
  yield {
    now: () => void matmulFloat32(x, g, { out: products }),
    later: async (options) => void (await matmulFloat32Async(x, g, { ...options, out: products })),
  };
  const result = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    for (let i = 0; i < width; i++, at++) result[row]! += products[at]! * rows[at]!;
    if (endsPart(row, width)) yield undefined;
  }
  return result;
}

/** The sum of quadraticForms over rows. */
export function* quadraticSum(rows: Float32Array, form: QuadraticForm): InParts<number> {
  return (yield* formsInParts(rows, form)).reduce((sum, value) => sum + value, 0);
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
  return runParts(outputErrorInParts(matrix, replacement, gram));
}

/** As outputError, off the event loop. The arrays must stay as they are meanwhile. */
export async function outputErrorAsync(
  matrix: FloatMatrix,
  replacement: Float32Array,
  gram: GramMatrix,
  options: AsyncOptions = {},
): Promise<number> {
  return runTurns(outputErrorInParts(matrix, replacement, gram), options);
}

function* outputErrorInParts(matrix: FloatMatrix, replacement: Float32Array, gram: GramMatrix): InParts<number> {
  checkReplacement(matrix, replacement, gram);
  const form = yield* quadraticFormInParts(gram);
  const signal = yield* quadraticSum(matrix.data, form);
  const noise = yield* quadraticSum(yield* difference(matrix, replacement), form);
  return noise > 0 || signal > 0 ? Math.max(noise, 0) / signal : 0;
}

function* difference({ data, rows, columns }: FloatMatrix, replacement: Float32Array): InParts<Float32Array> {
  const result = new Float32Array(data.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) result[at] = data[at]! - replacement[at]!;
    if (endsPart(row, columns)) yield undefined;
  }
  return result;
}

function checkReplacement(matrix: FloatMatrix, replacement: Float32Array, gram: GramMatrix): void {
  checkGram(matrix, gram);
  if (replacement.length !== matrix.data.length)
    throw makeError('ERR_SHAPE', `${replacement.length} values do not replace ${matrix.data.length}`);
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
