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

/** The inverse of an upper triangular matrix, in its place. */
function invertUpper(matrix: Float64Array, n: number): void {
  const row = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    row.fill(0, i);
    for (let p = i + 1; p < n; p++) {
      const factor = matrix[i * n + p]!;
      if (factor === 0) continue;
      for (let j = p, at = p * n + p; j < n; j++, at++) row[j]! += factor * matrix[at]!;
    }
    const inverse = 1 / matrix[i * n + i]!;
    matrix[i * n + i] = inverse;
    for (let j = i + 1; j < n; j++) matrix[i * n + j] = -row[j]! * inverse;
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
  invertUpper(h, n);
  for (let i = 1; i < n; i++) h.fill(0, i * n, i * n + i);
  return h;
}
