// Arithmetic on dimensions of which some are unknown. What cannot be told for sure is null.
import type { Dim } from '../model';

export type Dims = readonly Dim[];

/** The dimension of two that broadcast against each other. */
function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === b) return a;
  if (a === 1) return b;
  if (b === 1) return a;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

/** The dims of a broadcast; undefined as soon as one rank is unknown. */
export function broadcastDims(all: readonly (Dims | undefined)[]): Dim[] | undefined {
  let result: Dim[] = [];
  for (const dims of all) {
    if (dims === undefined) return undefined;
    const rank = Math.max(result.length, dims.length);
    const at = (list: Dims, i: number): Dim => {
      const k = i - (rank - list.length);
      return k < 0 ? 1 : (list[k] as Dim);
    };
    const previous = result;
    result = Array.from({ length: rank }, (_, i) => broadcastDim(at(previous, i), at(dims, i)));
  }
  return result;
}

/** A dim computed from a number; anything else is unknown. */
export const mapDim = (dim: Dim, f: (value: number) => number): Dim => (typeof dim === 'number' ? f(dim) : null);

export function addDims(dims: Dims): Dim {
  const rest = dims.filter((dim) => dim !== 0);
  if (rest.length === 1) return rest[0] as Dim;
  return rest.every((dim) => typeof dim === 'number') ? (rest as number[]).reduce((sum, dim) => sum + dim, 0) : null;
}

export function multiplyDims(dims: Dims): Dim {
  if (dims.includes(0)) return 0;
  const rest = dims.filter((dim) => dim !== 1);
  if (rest.length === 1) return rest[0] as Dim;
  return rest.every((dim) => typeof dim === 'number') ? (rest as number[]).reduce((p, dim) => p * dim, 1) : null;
}

export const isStatic = (dims: Dims | undefined): dims is readonly number[] =>
  dims?.every((dim) => typeof dim === 'number') ?? false;

/** An axis counted from the front; undefined outside the rank. */
export function axisOf(axis: number, rank: number): number | undefined {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank ? positive : undefined;
}

/** Axes counted from the front, without doubles; undefined if one lies outside the rank. */
export function axesOf(axes: readonly number[], rank: number): Set<number> | undefined {
  const positive = axes.map((axis) => axisOf(axis, rank));
  return positive.includes(undefined) ? undefined : new Set(positive as number[]);
}
