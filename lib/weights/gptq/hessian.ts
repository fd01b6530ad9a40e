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
  const share = 2 / gram.rows;
  return dampen(gram.channels, (i, j) => share * gram.at(i, j), options);
}

/** As dampedHessian, for an undamped symmetric H [n, n] by its elements. */
export function dampen(
  n: number,
  element: (i: number, j: number) => number,
  { damping, actOrder }: DampingOptions,
): DampedHessian {
  const diagonal = Float64Array.from({ length: n }, (_, i) => element(i, i));
  const order = Int32Array.from({ length: n }, (_, i) => i);
  if (actOrder) order.sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const dead = Array.from(order).filter((i) => diagonal[i] === 0);
  const mean = diagonal.reduce((sum, value) => sum + value, 0) / (n - dead.length) || 1;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = order[i]!;
    for (let j = i + 1; j < n; j++) matrix[i * n + j] = matrix[j * n + i] = element(row, order[j]!);
    matrix[i * n + i] = (diagonal[row]! || mean) + damping * mean;
  }
  return { matrix, order, dead };
}
