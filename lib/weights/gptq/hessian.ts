// GPTQ's Hessian: twice the mean of x xᵀ, damped, its columns in the order in which weights are rounded.
import type { GramMatrix } from '../gram';

export interface Hessian {
  /** [n, n], in the order of `order`; the upper triangular U with Uᵀ U = H⁻¹. */
  readonly factor: Float64Array;
  /** order[i] is the column of the weights that is rounded as the i-th. */
  readonly order: Int32Array;
  /** Channels that never had another input than 0: their weights do not matter, and become 0. */
  readonly dead: readonly number[];
}

export interface DampingOptions {
  /** Of the mean of the diagonal without dead channels, added to the diagonal. */
  readonly damping: number;
  /** Columns with the largest inputs first. */
  readonly actOrder: boolean;
}

/** H before its factor. Dead channels have the mean of the others on the diagonal, which changes no other channel. */
export interface DampedHessian extends Omit<Hessian, 'factor'> {
  readonly matrix: Float64Array;
}

/** H = 2 / rows · G, damped and ordered. */
export function dampedHessian(gram: GramMatrix, options: DampingOptions): DampedHessian {
  const matrix = gram.toMatrix();
  const share = 2 / gram.rows;
  for (let i = 0; i < matrix.length; i++) matrix[i]! *= share;
  return dampen(matrix, gram.channels, options);
}

/** As dampedHessian, for an undamped H [n, n], which it may overwrite. */
export function dampen(matrix: Float64Array, n: number, { damping, actOrder }: DampingOptions): DampedHessian {
  const dead: number[] = [];
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += matrix[i * n + i]!;
    if (matrix[i * n + i] === 0) dead.push(i);
  }
  const mean = sum / (n - dead.length) || 1;
  for (const i of dead) matrix[i * n + i] = mean;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const diagonal = (i: number) => matrix[i * n + i]!;
  const sorted = actOrder ? order.sort((a, b) => diagonal(b) - diagonal(a) || a - b) : order;
  for (let i = 0; i < n; i++) matrix[i * n + i]! += damping * mean;
  return { matrix: actOrder ? reorder(matrix, sorted) : matrix, order: sorted, dead };
}

function reorder(matrix: Float64Array, order: Int32Array): Float64Array {
  const n = order.length;
  const result = new Float64Array(matrix.length);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j] = matrix[order[i]! * n + order[j]!]!;
  return result;
}
