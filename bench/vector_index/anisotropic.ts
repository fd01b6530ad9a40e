// Vectors that resemble embeddings: 200 clusters, a spectrum that falls as a power law, a rotation, and a mean that is not 0.
// After the generator of the set "lowrank" in the published comparison of TurboQuant, RaBitQ and product quantization.
import { Tensor } from '../../lib/index';
import { matmulFloat32 } from '../../lib/matmul';
import { Random } from '../../lib/statistics/random';

const CLUSTERS = 200;
const SPREAD = 0.6;
const MEAN = 0.3;
const EXPONENT = -0.7;

/** Normal variables by the method of Box and Muller, the same on every machine but for the last bits of its mathematics. */
export function normalSource(seed: number): () => number {
  const random = new Random(seed);
  const uniform = () => (random.next() + 0.5) / 2 ** 32;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** An orthonormal basis, its vectors one after another: Gram and Schmidt's of normal ones. */
function orthonormalBasis(dim: number, normal: () => number): Float64Array[] {
  const basis: Float64Array[] = [];
  while (basis.length < dim) {
    const vector = Float64Array.from({ length: dim }, normal);
    // Twice is enough for vectors that double precision tells apart.
    for (let round = 0; round < 2; round++)
      for (const other of basis) {
        let dot = 0;
        for (let j = 0; j < dim; j++) dot += vector[j]! * other[j]!;
        for (let j = 0; j < dim; j++) vector[j]! -= dot * other[j]!;
      }
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    basis.push(vector.map((value) => value / norm));
  }
  return basis;
}

export interface VectorSet {
  readonly dim: number;
  readonly base: Float32Array;
  readonly queries: Float32Array;
}

function normalize(rows: Float32Array, dim: number): void {
  for (let from = 0; from < rows.length; from += dim) {
    const row = rows.subarray(from, from + dim);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let j = 0; j < dim; j++) row[j]! /= norm;
  }
}

/** `count` vectors and `queries` more of the same law, all of norm 1. */
export function anisotropicVectors(dim: number, count: number, queries: number, seed = 1): VectorSet {
  const [normal, choice] = [normalSource(seed), new Random(seed, 1)];
  const spectrum = Float64Array.from({ length: dim }, (_, j) => (j + 1) ** EXPONENT);
  const basis = orthonormalBasis(dim, normal);
  const centres = Float64Array.from({ length: CLUSTERS * dim }, (_, i) => normal() * spectrum[i % dim]!);
  const total = count + queries;
  const plain = new Float32Array(total * dim);
  for (let row = 0; row < total; row++) {
    const cluster = choice.next() % CLUSTERS;
    for (let j = 0; j < dim; j++) plain[row * dim + j] = centres[cluster * dim + j]! + SPREAD * normal() * spectrum[j]!;
  }
  const turn = new Tensor('float32', Float32Array.from(basis.flatMap((vector) => [...vector])), [dim, dim]);
  const rows = matmulFloat32(new Tensor('float32', plain, [total, dim]), turn).data;
  for (let i = 0; i < rows.length; i++) rows[i]! += MEAN * basis[0]![i % dim]!;
  normalize(rows, dim);
  return { dim, base: rows.subarray(0, count * dim), queries: rows.subarray(count * dim) };
}
