// The addon's calls for attention and for caches of keys and values. Numbers are read by position.
import type { RotationHandle } from './turboquant';

/** Rows of a cache that are float16 are [2][kvHeads][capacity][dim]: keys, then values. */
export interface AttentionOperations<Result> {
  /**
   * q and out [queries, queryHeads, dim], k and v [rows, kvHeads, dim], of which a Uint16Array is float16.
   * numbers: queries, rows, queryHeads, kvHeads, dim, scale, causal.
   */
  attentionFloat(
    q: Float32Array,
    k: Float32Array | Uint16Array,
    v: Float32Array | Uint16Array,
    out: Float32Array,
    numbers: Float64Array,
  ): Result;
  /**
   * out = attention over sinks, codes and window. balance [kvHeads, dim] or null. numbers: kvHeads, keyBits, valueBits, pageTokens;
   * first and rows of the codes, rows of the sinks, first and rows of the window; tokens, queryHeads, scale, causal.
   * logits [tokens, queryHeads, all rows] is written if it is there.
   */
  attendKv(
    q: Float32Array,
    out: Float32Array,
    rotation: RotationHandle,
    pages: readonly Uint8Array[],
    sinks: Uint16Array,
    window: Uint16Array,
    balance: Float32Array | null,
    numbers: Float64Array,
    logits?: Float32Array | null,
  ): Result;
}

/** Sides are 0 for keys and 1 for values. */
export interface KvOperations {
  /** x [tokens, kvHeads, dim]; mean and balance [kvHeads, dim]. numbers: kvHeads, keyBits, valueBits, pageTokens; side, first, tokens. */
  storeKvCodes(
    x: Float32Array,
    rotation: RotationHandle,
    pages: readonly Uint8Array[],
    mean: Float32Array | null,
    balance: Float32Array | null,
    numbers: Float64Array,
  ): void;
  /** numbers: kvHeads, dim, side, first, tokens. */
  storeKvHalves(x: Float32Array, halves: Uint16Array, mean: Float32Array | null, numbers: Float64Array): void;
  widenKvHalves(halves: Uint16Array, x: Float32Array, numbers: Float64Array): void;
}
