// GPTQ's Hessian: twice the mean of x xᵀ, damped.
import type { GramMatrix } from '../gram';

export interface DampedHessian {
  /** Upper triangle of the sum of x xᵀ, row by row. */
  readonly triangle: Float64Array;
  /** What the triangle is multiplied by. */
  readonly factor: number;
  /** The diagonal, damped, by columns. */
  readonly diagonal: Float64Array;
  /** order[i] is the column of the weights that is rounded as the i-th. */
  readonly order: Int32Array;
  /** 1 for channels that never had another input than 0: their weights do not matter, and become 0. */
  readonly dead: Uint8Array;
}

export interface DampingOptions {
  /** Of the mean of the diagonal without dead channels, added to the diagonal. */
  readonly damping: number;
  /** Columns with the largest inputs first. */
  readonly actOrder: boolean;
}

/** H = 2 / rows · G. Dead channels get the mean of the others on the diagonal, which changes no other channel. */
export function dampedHessian(gram: GramMatrix, { damping, actOrder }: DampingOptions): DampedHessian {
  const [n, factor] = [gram.channels, 2 / gram.rows];
  const diagonal = Float64Array.from({ length: n }, (_, i) => factor * gram.at(i, i));
  const order = Int32Array.from({ length: n }, (_, i) => i);
  if (actOrder) order.sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const dead = Uint8Array.from(diagonal, (value) => Number(value === 0));
  const alive = n - dead.reduce((sum, value) => sum + value, 0);
  const mean = diagonal.reduce((sum, value) => sum + value, 0) / alive || 1;
  const damped = diagonal.map((value) => (value || mean) + damping * mean);
  return { triangle: gram.toTriangle(), factor, diagonal: damped, order, dead };
}
