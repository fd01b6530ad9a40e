// What an index should find: every score in double, sorted.
import type { Metric } from '../../../lib/turboquant';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

export function exactScore(metric: Metric, q: Float32Array, x: Float32Array): number {
  if (metric === 'ip') return dot(q, x);
  if (metric === 'l2') return q.reduce((sum, value, j) => sum + (value - x[j]!) ** 2, 0);
  const norms = Math.sqrt(dot(q, q) * dot(x, x));
  return norms === 0 ? 0 : dot(q, x) / norms;
}

export const rowOf = (data: Float32Array, row: number, dim: number) => data.subarray(row * dim, (row + 1) * dim);

export interface Wanted {
  readonly metric: Metric;
  readonly dim: number;
  readonly k: number;
  readonly admits?: (row: number) => boolean;
}

/** Rows of the k best for each query, best first. */
export function exactSearch(base: Float32Array, queries: Float32Array, { metric, dim, k, admits }: Wanted): number[][] {
  const rows = Array.from({ length: base.length / dim }, (_, row) => row).filter((row) => admits?.(row) ?? true);
  const sign = metric === 'l2' ? 1 : -1;
  return Array.from({ length: queries.length / dim }, (_, q) => {
    const query = rowOf(queries, q, dim);
    const scores = new Map(rows.map((row) => [row, exactScore(metric, query, rowOf(base, row, dim))]));
    return [...rows].sort((a, b) => sign * (scores.get(a)! - scores.get(b)!) || a - b).slice(0, k);
  });
}

/** The share of the wanted rows that were found. */
export function recallOf(found: ArrayLike<number>, wanted: readonly (readonly number[])[]): number {
  const k = found.length / wanted.length;
  let hits = 0;
  for (const [q, rows] of wanted.entries()) {
    const there = new Set(Array.from({ length: k }, (_, i) => found[q * k + i]!));
    hits += rows.filter((row) => there.has(row)).length;
  }
  return hits / wanted.flat().length;
}
