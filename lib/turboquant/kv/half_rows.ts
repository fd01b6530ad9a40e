// Tokens whose keys and values are float16: sinks, the recent window, and what waits for the mean.
import { addon } from '../../addon';
import { allocateOrThrow } from '../../tensor/tensor';
import type { KvTransform } from './key_transform';
import { halfTokenBytes, type KvSide } from './kv_layout';
import type { KvConfig } from './kv_options';

const SIDES: readonly KvSide[] = ['keys', 'values'];

/** Rows that are taken beyond those that are needed, so that a window does not move with every token. */
const SLACK_ROWS = 16;

export class HalfRows {
  /** [2][kvHeads][capacity][headDim]: keys, then values. Rows are there from `first` on. */
  data = new Uint16Array(0);
  first = 0;
  /** Of each row, ascending. */
  positions: number[] = [];
  readonly #config: KvConfig;

  constructor(config: KvConfig) {
    this.#config = config;
  }

  get rows(): number {
    return this.positions.length;
  }
  get rowBytes(): number {
    return halfTokenBytes(this.#config);
  }
  get usedBytes(): number {
    return this.rows * this.rowBytes;
  }
  get capacity(): number {
    return this.data.byteLength / this.rowBytes;
  }

  /** Room for `extra` more rows behind those that are there. */
  reserve(extra: number): void {
    const needed = this.rows + extra;
    if (this.first + needed <= this.capacity) return;
    const kept = needed <= this.capacity ? this.data : this.#allocate(needed);
    const { headDim, kvHeads } = this.#config;
    const from = this.capacity * headDim;
    const to = kept === this.data ? from : kept.length / (2 * kvHeads);
    for (let run = 0; run < 2 * kvHeads; run++) {
      const start = run * from + this.first * headDim;
      const rows = this.data.subarray(start, start + this.rows * headDim);
      kept.set(rows, run * to);
    }
    this.data = kept;
    this.first = 0;
  }

  #allocate(rows: number): Uint16Array<ArrayBuffer> {
    const { kvHeads, headDim } = this.#config;
    const grown = this.rows === 0 ? rows : Math.max(rows, this.capacity + (this.capacity >> 1));
    const capacity = Math.ceil((grown + SLACK_ROWS) / SLACK_ROWS) * SLACK_ROWS;
    const dims = [2, kvHeads, capacity, headDim];
    return allocateOrThrow('float16', 2 * kvHeads * capacity * headDim, dims) as Uint16Array<ArrayBuffer>;
  }

  /** Writes tokens behind the rows, where there is room; `commit` makes them rows. Throws ERR_RANGE beyond float16. */
  write(k: Float32Array, v: Float32Array, mean: Float32Array | null): void {
    const { kvHeads, headDim } = this.#config;
    const tokens = k.length / (kvHeads * headDim);
    const at = this.first + this.rows;
    addon.storeKvHalves(k, this.data, mean, Float64Array.of(kvHeads, headDim, 0, at, tokens));
    addon.storeKvHalves(v, this.data, null, Float64Array.of(kvHeads, headDim, 1, at, tokens));
  }

  commit(tokens: number, firstPosition: number): void {
    for (let i = 0; i < tokens; i++) this.positions.push(firstPosition + i);
  }

  /** Rows as float32 [count, kvHeads, headDim]. */
  widen(side: KvSide, start: number, count: number): Float32Array {
    const { kvHeads, headDim } = this.#config;
    const x = new Float32Array(count * kvHeads * headDim);
    addon.widenKvHalves(
      this.data,
      x,
      Float64Array.of(kvHeads, headDim, SIDES.indexOf(side), this.first + start, count),
    );
    return x;
  }

  /** Subtracts the mean from the keys, which had none. */
  center({ mean }: KvTransform): void {
    if (mean === null || this.rows === 0) return;
    const { kvHeads, headDim } = this.#config;
    const keys = this.widen('keys', 0, this.rows);
    addon.storeKvHalves(keys, this.data, mean, Float64Array.of(kvHeads, headDim, 0, this.first, this.rows));
  }

  /** Takes rows out. */
  remove(start: number, count: number): void {
    if (count === 0) return;
    const behind = this.rows - start - count;
    if (start === 0) this.first += count;
    else if (behind > 0) this.#moveDown(start, count, behind);
    this.positions.splice(start, count);
    if (this.rows === 0) {
      this.first = 0;
      this.data = new Uint16Array(0);
    }
  }

  #moveDown(start: number, count: number, behind: number): void {
    const { kvHeads, headDim } = this.#config;
    for (let run = 0; run < 2 * kvHeads; run++) {
      const to = (run * this.capacity + this.first + start) * headDim;
      this.data.copyWithin(to, to + count * headDim, to + (count + behind) * headDim);
    }
  }

  /** run(values) for the rows of each head: keys, then values. */
  eachRun(run: (values: Uint16Array) => void): void {
    const { kvHeads, headDim } = this.#config;
    for (let head = 0; head < 2 * kvHeads; head++) {
      const start = (head * this.capacity + this.first) * headDim;
      run(this.data.subarray(start, start + this.rows * headDim));
    }
  }

  clone(): HalfRows {
    const copy = new HalfRows(this.#config);
    copy.data = this.data.slice();
    copy.first = this.first;
    copy.positions = [...this.positions];
    return copy;
  }
}
