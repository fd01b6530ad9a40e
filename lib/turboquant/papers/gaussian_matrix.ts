// Random matrices of sketches, from a seed: independent normal values, or orthogonal rows.
import { uniformNumbers } from './uniform_numbers';

/** `gaussian`: independent values of N(0, 1). `orthogonal`: rows of length sqrt(dim), orthogonal within each `dim` of them. */
export const SKETCH_MATRICES = ['gaussian', 'orthogonal'] as const;
export type SketchMatrix = (typeof SKETCH_MATRICES)[number];

/** [rows, dim]. Mathematical functions of the engine are in it: the last bits may differ between machines. */
export function sketchMatrix(kind: SketchMatrix, rows: number, dim: number, seed: bigint): Float32Array {
  const next = normalNumbers(seed);
  const matrix = new Float32Array(rows * dim);
  for (let first = 0; first < rows; first += dim) {
    const count = Math.min(dim, rows - first);
    const block = Array.from({ length: count }, () => Float64Array.from({ length: dim }, next));
    if (kind === 'orthogonal') orthogonalize(block);
    for (const [i, row] of block.entries()) matrix.set(row, (first + i) * dim);
  }
  return matrix;
}

/** Box and Muller's method. */
function normalNumbers(seed: bigint): () => number {
  const next = uniformNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Gram and Schmidt's method, row by row, each row twice; then rows have length sqrt(dim). */
function orthogonalize(rows: Float64Array[]): void {
  for (const [i, row] of rows.entries()) {
    for (let pass = 0; pass < 2; pass++)
      for (const other of rows.slice(0, i)) {
        const share = dot(row, other) / dot(other, other);
        for (let j = 0; j < row.length; j++) row[j]! -= share * other[j]!;
      }
    const factor = Math.sqrt(row.length / dot(row, row));
    for (let j = 0; j < row.length; j++) row[j]! *= factor;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
