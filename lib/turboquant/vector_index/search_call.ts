// A search's arguments, checked, and the arrays for its results.
import type { AsyncOptions } from '../../abort_signal';
import { makeError } from '../../errors';
import type { TensorLike } from '../../tensor';
import { isDataOf } from '../../tensor/dtype';
import { checkInteger, checkOptions, isObject, reject } from '../../validate';
import { vectorRows } from '../codec/vector_rows';
import { copyIds, type IdArray, type IdType } from './index_ids';
import type { IndexForm } from './index_options';

/** Vectors: a tensor [..., dim], or the values of one or several. */
export type Vectors = TensorLike<'float32'> | Float32Array;

/**
 * Vectors from outside for exact scores: a tensor whose row i is the vector of id i, or a function that returns the vectors of
 * some ids, one after the other.
 */
export type VectorSource<Ids extends IdType = IdType> =
  | TensorLike<'float32'>
  | ((ids: IdArray<Ids>) => Float32Array | Promise<Float32Array>);

export interface Rerank<Ids extends IdType = IdType> {
  /** How many times k of the best get exact scores. */
  readonly factor: number;
  /** Default: what the index keeps. */
  readonly vectors?: VectorSource<Ids> | undefined;
}

export interface SearchOptions<Ids extends IdType = IdType> {
  /** Only ids i whose bit, bit i % 8 of byte i / 8, is 1. */
  readonly filter?: Uint8Array | undefined;
  /** Exact scores for `factor` times k of the best, and the order that they give; a number is the factor. */
  readonly rerank?: number | Rerank<Ids> | undefined;
  /** Arrays for the results, of queries times k values. */
  readonly out?: { readonly ids: IdArray<Ids>; readonly scores: Float32Array } | undefined;
}

export type AsyncSearchOptions<Ids extends IdType = IdType> = SearchOptions<Ids> & AsyncOptions;

/** The best k of each query, best first. Where there are fewer, ids are -1 and scores -Infinity, or Infinity for distances. */
export interface SearchResult<Ids extends IdType = 'number'> {
  readonly ids: IdArray<Ids>;
  readonly scores: Float32Array;
  /** [queries, k] */
  readonly dims: readonly [number, number];
}

/** Native results: [queries, k]. */
export interface Found {
  readonly ids: BigInt64Array;
  readonly scores: Float32Array;
}

export interface SearchCall {
  readonly queries: Float32Array;
  readonly count: number;
  readonly stride: number;
  readonly k: number;
  readonly filter: Uint8Array | null;
  /** 0 for none. */
  readonly factor: number;
  readonly vectors: VectorSource | undefined;
}

const MOST_K = 2 ** 24;

/** Rows of `dim` values. Throws ERR_SHAPE, ERR_DTYPE. */
export function rowsOfVectors(name: string, vectors: Vectors, dim: number) {
  if (!isDataOf('float32', vectors)) return vectorRows(name, vectors as TensorLike<'float32'>, dim);
  if (vectors.length % dim !== 0)
    throw makeError('ERR_SHAPE', `${name} must have a multiple of ${dim} values, got ${vectors.length}`);
  return { data: vectors, m: vectors.length / dim, stride: dim };
}

function checkRerank(
  rerank: unknown,
  { keep, bits }: IndexForm,
): { factor: number; vectors: VectorSource | undefined } {
  if (rerank === undefined) return { factor: 0, vectors: undefined };
  if (typeof rerank !== 'number' && !isObject(rerank))
    reject('options.rerank', 'a number or { factor, vectors }', rerank, 'ERR_DTYPE');
  const { factor, vectors } =
    typeof rerank === 'number' ? { factor: rerank, vectors: undefined } : (rerank as unknown as Rerank);
  checkInteger('options.rerank.factor', factor, 1, MOST_K);
  if (vectors !== undefined && typeof vectors !== 'function' && !isObject(vectors))
    reject('options.rerank.vectors', 'a tensor or a function', vectors, 'ERR_DTYPE');
  if (vectors === undefined && keep === 'none' && bits !== 'float32')
    throw makeError(
      'ERR_UNSUPPORTED',
      'the index keeps no vectors to rerank by: make it with keep, or give options.rerank.vectors',
    );
  return { factor, vectors };
}

/** Throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE; ERR_UNSUPPORTED for a rerank without vectors. */
export function checkSearch(form: IndexForm, queries: Vectors, k: number, options?: SearchOptions): SearchCall {
  const { filter, rerank, out } = checkOptions('options', options);
  const rows = rowsOfVectors('queries', queries, form.dim);
  checkInteger('k', k, 1, MOST_K);
  if (filter !== undefined && !isDataOf('uint8', filter))
    reject('options.filter', 'a Uint8Array of bits', filter, 'ERR_DTYPE');
  checkOut(form, rows.m * k, out);
  const call = { queries: rows.data, count: rows.m, stride: rows.stride, k, filter: filter ?? null };
  return { ...call, ...checkRerank(rerank, form) };
}

function checkOut({ ids }: IndexForm, count: number, out: unknown): void {
  if (out === undefined) return;
  if (!isObject(out)) reject('options.out', '{ ids, scores }', out, 'ERR_DTYPE');
  const Ids = ids === 'bigint' ? BigInt64Array : Float64Array;
  if (!(ArrayBuffer.isView(out.ids) && out.ids instanceof Ids))
    reject('options.out.ids', `a ${Ids.name}`, out.ids, 'ERR_DTYPE');
  if (!isDataOf('float32', out.scores)) reject('options.out.scores', 'a Float32Array', out.scores, 'ERR_DTYPE');
  if (out.ids.length !== count || out.scores.length !== count)
    throw makeError('ERR_SHAPE', `options.out.ids and options.out.scores must have ${count} values`);
}

/** Native results in the caller's arrays, checked again, or in new ones. */
export function deliver<Ids extends IdType>(
  form: IndexForm,
  { count, k }: SearchCall,
  found: Found,
  options: SearchOptions<Ids> | undefined,
): SearchResult<Ids> {
  const { out } = checkOptions('options', options);
  const total = count * k;
  checkOut(form, total, out);
  const ids = out?.ids ?? (form.ids === 'bigint' ? new BigInt64Array(total) : new Float64Array(total));
  copyIds(found.ids, ids);
  const scores = out?.scores ?? found.scores;
  if (scores !== found.scores) scores.set(found.scores);
  return { ids: ids as IdArray<Ids>, scores, dims: [count, k] };
}
