// QJL: vectors as the signs of random projections, and an unbiased estimator of products with them.
import { makeError } from '../../errors';
import { matmulFloat32 } from '../../matmul';
import { isDataOf } from '../../tensor/dtype';
import { Tensor, type TensorLike } from '../../tensor/tensor';
import { checkInteger, checkOneOf, isObject, reject } from '../../validate';
import { checkSeed } from '../codec/code_format';
import { type VectorRows, vectorRows } from '../codec/vector_rows';
import { SKETCH_MATRICES, type SketchMatrix, sketchMatrix } from './gaussian_matrix';

export interface QjlOptions {
  /** Values of a vector, from 8 to 4,096. */
  readonly dim: number;
  /** Signs of a sketch, from 1 to 65,536. Default `dim`. */
  readonly rows?: number | undefined;
  /** Default `gaussian`, as the paper has it; `orthogonal` has about a third of its variance. */
  readonly matrix?: SketchMatrix | undefined;
  readonly seed?: number | bigint | undefined;
}

/** The signs of `norms.length` vectors: 1 and -1, [count, rows]. A bit and, for each vector, a norm are what they stand for. */
export interface QjlSketches {
  readonly signs: Float32Array;
  readonly norms: Float32Array;
}

/**
 * Sketches of A. Zandieh, M. Daliri, I. Han, "QJL" (arXiv 2406.03482): sign(S k) and |k|, and the estimate |k| sqrt(pi / 2) / rows ·
 * <S q, sign(S k)> of <q, k>. It is right on average over S, with the variance (pi / 2 |q|² |k|² - <q, k>²) / rows if S is normal.
 *
 * For reproduction of papers only: codes of one bit with the scale `unbiased` have the same size and a third of that variance, and cost
 * a transform instead of a product with a matrix. Not a format: nothing here is meant to be stored.
 */
export class Qjl {
  readonly dim: number;
  readonly rows: number;
  readonly matrix: SketchMatrix;
  /** Sᵀ, [dim, rows]. */
  readonly #transposed: Tensor<'float32'>;

  /** @throws ERR_DTYPE, ERR_RANGE */
  constructor(options: QjlOptions) {
    if (!isObject(options)) reject('options', 'an object with dim', options, 'ERR_DTYPE');
    this.dim = checkInteger('dim', options.dim, 8, 4096);
    this.rows = checkInteger('rows', options.rows ?? this.dim, 1, 65_536);
    this.matrix = checkOneOf('matrix', options.matrix ?? 'gaussian', SKETCH_MATRICES);
    const s = sketchMatrix(this.matrix, this.rows, this.dim, checkSeed(options.seed ?? 0));
    const transposed = Float32Array.from(s, (_, at) => s[(at % this.rows) * this.dim + Math.floor(at / this.rows)]!);
    this.#transposed = new Tensor('float32', transposed, [this.dim, this.rows]);
  }

  /** Sketches of float32 [..., dim]. Throws ERR_SHAPE, ERR_DTYPE. */
  sketch(x: TensorLike<'float32'>): QjlSketches {
    const rows = vectorRows('x', x, this.dim);
    const signs = this.#project(rows).map((value) => (value > 0 ? 1 : -1));
    const norms = Float32Array.from({ length: rows.m }, (_, i) => {
      const vector = rows.data.subarray(i * rows.stride, i * rows.stride + this.dim);
      return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    });
    return { signs, norms };
  }

  /** Estimates of products, float32 [queries, count]. Throws ERR_SHAPE, ERR_DTYPE. */
  estimate(sketches: QjlSketches, queries: TensorLike<'float32'>): Tensor<'float32'> {
    if (!isObject(sketches)) reject('sketches', 'what sketch() returned', sketches, 'ERR_DTYPE');
    const { signs, norms } = sketches;
    if (!isDataOf('float32', signs)) reject('sketches.signs', 'a Float32Array', signs, 'ERR_DTYPE');
    if (!isDataOf('float32', norms)) reject('sketches.norms', 'a Float32Array', norms, 'ERR_DTYPE');
    const count = norms.length;
    if (signs.length !== count * this.rows)
      throw makeError('ERR_SHAPE', `${count} sketches must have ${count * this.rows} signs, got ${signs.length}`);
    const rows = vectorRows('queries', queries, this.dim);
    const projected = new Tensor('float32', this.#project(rows), [rows.m, this.rows]);
    const columns = Float32Array.from(
      { length: signs.length },
      (_, at) => signs[(at % count) * this.rows + Math.floor(at / count)]!,
    );
    const sums = matmulFloat32(projected, new Tensor('float32', columns, [this.rows, count])).data;
    const factor = Math.sqrt(Math.PI / 2) / this.rows;
    const estimates = sums.map((sum, at) => sum * factor * norms[at % count]!);
    return new Tensor('float32', estimates, [rows.m, count]);
  }

  #project({ data, m, stride }: VectorRows): Float32Array {
    return matmulFloat32({ type: 'float32', dims: [m, this.dim], data, strides: [stride, 1] }, this.#transposed).data;
  }
}
