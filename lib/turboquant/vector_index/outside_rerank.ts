// Exact scores by vectors that the index does not keep.
import { addon, type IndexHandle } from '../../addon';
import { makeError } from '../../errors';
import type { TensorLike } from '../../tensor';
import { isDataOf } from '../../tensor/dtype';
import { show } from '../../validate';
import { vectorRows } from '../codec/vector_rows';
import { copyIds, type IdType } from './index_ids';
import type { IndexForm } from './index_options';
import type { Found, SearchCall, VectorSource } from './search_call';

/** Candidates of all queries: ids [count, candidates], -1 for none at the end of each. */
export interface Candidates {
  readonly ids: BigInt64Array;
  readonly each: number;
}

/** Vectors of candidates, [count, candidates, dim], where there is none zeros. */
export function gatherRows({ ids }: Candidates, tensor: TensorLike<'float32'>, dim: number): Float32Array {
  const { data, m, stride } = vectorRows('options.rerank.vectors', tensor, dim);
  const gathered = new Float32Array(ids.length * dim);
  for (let i = 0; i < ids.length; i++) {
    const id = Number(ids[i]);
    if (id < 0) continue;
    if (id >= m) throw makeError('ERR_RANGE', `options.rerank.vectors has ${m} rows, none for the id ${id}`);
    gathered.set(data.subarray(id * stride, id * stride + dim), i * dim);
  }
  return gathered;
}

/** The ids that a source is asked for, each query's candidates in order. */
export function wantedIds({ ids }: Candidates, type: IdType): Float64Array | BigInt64Array {
  const wanted = ids.filter((id) => id >= 0n);
  const typed = type === 'bigint' ? new BigInt64Array(wanted.length) : new Float64Array(wanted.length);
  copyIds(wanted, typed);
  return typed;
}

/** What a source returned, put where the candidates are. Throws ERR_DTYPE, ERR_SHAPE. */
export function spreadRows({ ids }: Candidates, found: unknown, dim: number): Float32Array {
  if (!isDataOf('float32', found))
    throw makeError('ERR_DTYPE', `options.rerank.vectors must return a Float32Array, got ${show(found)}`);
  const spread = new Float32Array(ids.length * dim);
  let from = 0;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < 0n) continue;
    spread.set(found.subarray(from, from + dim), i * dim);
    from += dim;
  }
  if (found.length !== from)
    throw makeError('ERR_SHAPE', `options.rerank.vectors must return ${from} values, got ${found.length}`);
  return spread;
}

/** Vectors of the candidates, at once. Throws ERR_DTYPE for a source that has to be waited for. */
export function vectorsNow(candidates: Candidates, source: VectorSource, { dim, ids }: IndexForm): Float32Array {
  if (typeof source !== 'function') return gatherRows(candidates, source, dim);
  return spreadRows(candidates, source(wantedIds(candidates, ids) as never), dim);
}

export async function vectorsLater(
  candidates: Candidates,
  source: VectorSource,
  { dim, ids }: IndexForm,
): Promise<Float32Array> {
  if (typeof source !== 'function') return gatherRows(candidates, source, dim);
  return spreadRows(candidates, await source(wantedIds(candidates, ids) as never), dim);
}

/** The best k by exact scores; of equal ones the lower id. */
export function rerank(
  handle: IndexHandle,
  form: IndexForm,
  call: SearchCall,
  { ids, each }: Candidates,
  vectors: Float32Array,
): Found {
  const exact = new Float32Array(ids.length);
  addon.indexScore(handle, call.queries, call.count, call.stride, vectors, each, exact);
  const worst = form.metric === 'l2' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const sign = form.metric === 'l2' ? 1 : -1;
  const found = {
    ids: new BigInt64Array(call.count * call.k).fill(-1n),
    scores: new Float32Array(call.count * call.k).fill(worst),
  };
  for (let q = 0; q < call.count; q++) {
    const order = Array.from({ length: each }, (_, i) => q * each + i).filter((i) => ids[i]! >= 0n);
    order.sort((a, b) => sign * (exact[a]! - exact[b]!) || (ids[a]! < ids[b]! ? -1 : 1));
    for (const [rank, i] of order.slice(0, call.k).entries()) {
      found.ids[q * call.k + rank] = ids[i]!;
      found.scores[q * call.k + rank] = exact[i]!;
    }
  }
  return found;
}
