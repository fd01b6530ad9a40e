// What is done to every key of a layer before it is stored: a frozen mean is subtracted, and codes are of channels divided by a
// frozen balance. <q, (k - m) / t> with q t is <q, k> less a number that is the same for all keys, which softmax does not see.
import { addon } from '../../addon';
import { makeError } from '../../errors';
import type { KvConfig } from './kv_options';

export interface KvTransform {
  /** float32 [kvHeads, headDim]. */
  readonly mean: Float32Array | null;
  readonly balance: Float32Array | null;
}

const MOST_FLOAT16 = 65504;

/** Throws ERR_RANGE unless all values are finite and within float16: what a mean is taken of. */
export function checkStatistics(name: string, values: Float32Array): void {
  const { range, finite } = rangeOf(values);
  if (!finite || Math.max(-range[0]!, range[1]!) > MOST_FLOAT16)
    throw makeError('ERR_RANGE', `${name} must be finite, and at most ${MOST_FLOAT16} in magnitude`);
}

/** Throws ERR_RANGE for values that are not finite. */
export function checkFinite(name: string, values: Float32Array): void {
  if (!rangeOf(values).finite) throw makeError('ERR_RANGE', `${name} must be finite`);
}

function rangeOf(values: Float32Array) {
  const [range, counts] = [new Float32Array(2), new Float64Array(2)];
  addon.minMax(values, range, counts, values.length);
  return { range, finite: counts[0]! + counts[1]! === 0 };
}

export const NO_TRANSFORM: KvTransform = { mean: null, balance: null };

/** Sums over keys and queries, [kvHeads, headDim] each; empty before the first ones. */
export class KeyStatistics {
  keys = 0;
  queries = 0;
  sums = new Float64Array(0);
  squares = new Float64Array(0);
  querySquares = new Float64Array(0);
  readonly #config: KvConfig;

  constructor(config: KvConfig) {
    this.#config = config;
  }

  get byteLength(): number {
    return this.sums.byteLength + this.squares.byteLength + this.querySquares.byteLength;
  }

  /** Takes the memory of sums for as many keys and queries. */
  count(keys: number, queries: number): void {
    const width = this.#config.kvHeads * this.#config.headDim;
    if (keys > 0 && this.keys === 0) {
      this.sums = new Float64Array(width);
      this.squares = new Float64Array(width);
    }
    if (queries > 0 && this.queries === 0) this.querySquares = new Float64Array(width);
    this.keys += keys;
    this.queries += queries;
  }

  /** float32 [tokens, kvHeads, headDim]. */
  addKeys(k: Float32Array): void {
    const width = this.#config.kvHeads * this.#config.headDim;
    this.count(k.length / width, 0);
    for (let start = 0; start < k.length; start += width)
      for (let i = 0; i < width; i++) {
        const value = k[start + i]!;
        this.sums[i]! += value;
        this.squares[i]! += value * value;
      }
  }

  /** float32 [tokens, queryHeads, headDim]: those of the heads that share a head of keys are counted together. */
  addQueries(q: Float32Array, queryHeads: number): void {
    if (!this.#config.balance) return;
    const { kvHeads, headDim } = this.#config;
    const group = queryHeads / kvHeads;
    this.count(0, (q.length / headDim / queryHeads) * group);
    for (let start = 0, head = 0; start < q.length; start += headDim, head = (head + 1) % queryHeads) {
      const to = Math.floor(head / group) * headDim;
      for (let j = 0; j < headDim; j++) this.querySquares[to + j]! += q[start + j]! ** 2;
    }
  }

  clone(): KeyStatistics {
    const copy = new KeyStatistics(this.#config);
    copy.keys = this.keys;
    copy.queries = this.queries;
    copy.sums = this.sums.slice();
    copy.squares = this.squares.slice();
    copy.querySquares = this.querySquares.slice();
    return copy;
  }

  /** True as soon as there is what the transform is made of. */
  get ready(): boolean {
    const { centerAfter, balance } = this.#config;
    return this.keys >= Math.max(centerAfter, 1) && (!balance || this.queries > 0);
  }

  freeze(): KvTransform {
    const { centerAfter, balance } = this.#config;
    const mean = centerAfter > 0 ? Float32Array.from(this.sums, (sum) => sum / this.keys) : null;
    return { mean, balance: balance ? this.#balance(mean) : null };
  }

  /** sqrt(rms(k - m) / rms(q)); 1 for channels without keys or queries other than 0. */
  #balance(mean: Float32Array | null): Float32Array {
    return Float32Array.from(this.sums, (sum, i) => {
      const m = mean?.[i] ?? 0;
      const variance = Math.max(0, this.squares[i]! / this.keys - (2 * m * sum) / this.keys + m * m);
      const power = this.querySquares[i]! / this.queries;
      // Two square roots, which every machine rounds alike.
      return variance > 0 && power > 0 ? Math.sqrt(Math.sqrt(variance / power)) : 1;
    });
  }
}
