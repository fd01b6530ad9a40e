// The triangular factor of a matrix's inverse that GPTQ walks along.
import { makeError } from '../../errors';

/** Rows that are computed together, so that each earlier row is read once for all of them. */
const TILE = 16;

/** The sum of a[from + p] * b[at + p] over `length`, in four chains that are added in pairs. */
function dot(values: Float64Array, from: number, at: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let p = 0;
  for (; p + 3 < length; p += 4) {
    s0 += values[from + p]! * values[at + p]!;
    s1 += values[from + p + 1]! * values[at + p + 1]!;
    s2 += values[from + p + 2]! * values[at + p + 2]!;
    s3 += values[from + p + 3]! * values[at + p + 3]!;
  }
  for (; p < length; p++) s0 += values[from + p]! * values[at + p]!;
  return s0 + s1 + (s2 + s3);
}

/** Replaces the lower triangle of a symmetric matrix by L with L Lᵀ = matrix; false if it is not positive definite. */
function factorize(matrix: Float64Array, n: number): boolean {
  const solve = (i: number, j: number): number => matrix[i * n + j]! - dot(matrix, i * n, j * n, j);
  for (let from = 0; from < n; from += TILE) {
    const to = Math.min(from + TILE, n);
    for (let j = 0; j < to; j++)
      for (let i = Math.max(from, j); i < to; i++) {
        const rest = solve(i, j);
        if (i !== j) matrix[i * n + j] = rest / matrix[j * n + j]!;
        else if (rest > 0) matrix[i * n + i] = Math.sqrt(rest);
        else return false;
      }
  }
  return true;
}

/** rows[at + j] += the sum of matrix[place + p] * row p of the matrix, at j, for p in [from, to), one after the other. */
function addRows(rows: Float64Array, at: number, matrix: Float64Array, place: number, span: Span): void {
  const { from, to, n } = span;
  let p = from;
  for (; p + 3 < to; p += 4) {
    const [f0, f1, f2, f3] = [
      matrix[place + p]!,
      matrix[place + p + 1]!,
      matrix[place + p + 2]!,
      matrix[place + p + 3]!,
    ];
    for (let j = p, i = p * n + p; j < n; j++, i++)
      rows[at + j] =
        rows[at + j]! + f0 * matrix[i]! + f1 * matrix[i + n]! + f2 * matrix[i + 2 * n]! + f3 * matrix[i + 3 * n]!;
  }
  for (; p < to; p++) {
    const factor = matrix[place + p]!;
    for (let j = p, i = p * n + p; j < n; j++, i++) rows[at + j]! += factor * matrix[i]!;
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly n: number;
}

/** Rows of the inverse that are read for a tile before the next ones are. */
const BAND = 32;

/** The inverse of an upper triangular matrix with zeros below the diagonal, in its place: tiles of rows, from the last up. */
function invertUpper(matrix: Float64Array, n: number): void {
  const rows = new Float64Array(TILE * n);
  for (let to = n; to > 0; to -= TILE) {
    const first = Math.max(to - TILE, 0);
    rows.fill(0);
    for (let from = to; from < n; from += BAND)
      for (let i = first; i < to; i++)
        addRows(rows, (i - first) * n, matrix, i * n, { from, to: Math.min(from + BAND, n), n });
    for (let i = to - 1; i >= first; i--) {
      const at = (i - first) * n;
      addRows(rows, at, matrix, i * n, { from: i + 1, to, n });
      const inverse = 1 / matrix[i * n + i]!;
      matrix[i * n + i] = inverse;
      for (let j = i + 1; j < n; j++) matrix[i * n + j] = -rows[at + j]! * inverse;
    }
  }
}

/**
 * The upper triangular U with Uᵀ U = H⁻¹ and a positive diagonal, for a symmetric H [n, n] whose array it overwrites. It is
 * found without the inverse: H = M Mᵀ with an upper triangular M, which Cholesky's method gives from the last row up, and
 * U = M⁻¹.
 *
 * @throws ERR_RANGE for a matrix that is not positive definite
 */
export function inverseFactor(h: Float64Array, n: number): Float64Array {
  h.reverse(); // both rows and columns: the last become the first
  if (!factorize(h, n))
    throw makeError('ERR_RANGE', 'the Gram matrix is not positive definite even when damped: raise the damping');
  h.reverse();
  for (let i = 1; i < n; i++) h.fill(0, i * n, i * n + i);
  invertUpper(h, n);
  return h;
}
