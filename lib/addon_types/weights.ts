// The addon's calls that choose quantized weights. They read arrays where they lie, asynchronous calls too: those are the
// facade's own, which nobody else changes meanwhile.

/**
 * The rows [first, end) to work on; a matrix of weights [.., n] with its codes; a symmetric or triangular matrix [n, n] of its
 * inputs; and 1 for each column whose weights do not matter.
 */
export type CodedRows = [
  rows: Int32Array,
  weights: Float32Array,
  codes: Int16Array,
  matrix: Float64Array,
  dead: Uint8Array,
];
/** A scale and a zero point for each block of each row; how is [block, least code, largest code]. */
type Steps = [scale: Float32Array, zeroPoint: Int32Array, how: Int32Array];
/** A magnitude for each block of the matrix; 16 values by code with the bounds of intervals after them, and the codes of these. */
type Table = [absmax: Float32Array, table: Float32Array, intervals: Uint8Array, block: number];

export interface WeightOperations<Result> {
  /** Scales and zero points of blocks of rows; how is [block, least code, largest code, symmetric, search]. */
  chooseBlocks(
    how: Int32Array,
    weights: Float32Array,
    scale: Float32Array,
    zeroPoint: Int32Array,
    columns: number,
  ): Result;
  /** out[i, j] = factor * G[order[i], order[j]] of an upper triangle, with `diagonal` by columns on the diagonal. */
  expandGram(
    order: Int32Array,
    triangle: Float64Array,
    diagonal: Float64Array,
    out: Float64Array,
    factor: number,
  ): Result;
  /** Replaces H [n, n] by the upper triangular U with Uᵀ U = H⁻¹. Throws ERR_RANGE if it is not positive definite. */
  inverseFactor(n: number, matrix: Float64Array): Result;
  /** Rounds columns in their order, with the factor; settings are [choose late, symmetric, search, parts of scales..]. */
  roundSteps(...args: [...coded: CodedRows, ...steps: Steps, order: Int32Array, settings: Float64Array]): Result;
  roundTable(...args: [...coded: CodedRows, ...table: Table, order: Int32Array]): Result;
  /** Lowers the error by one code, and where `fits` says so one scale, at a time, with H. */
  refineSteps(...args: [...coded: CodedRows, ...steps: Steps, sweeps: number, fits: boolean]): Result;
  refineTable(...args: [...coded: CodedRows, ...table: Table, sweeps: number]): Result;
}
