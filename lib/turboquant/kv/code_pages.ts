// Tokens whose keys and values are codes, in pages that native/ops/kv_layout.h has byte by byte.
import { addon } from '../../addon';
import type { RotationHandle } from '../../addon_types/turboquant';
import { makeError } from '../../errors';
import type { KvTransform } from './key_transform';
import { codeBytes, layoutNumbers, pageBytes, pageSections, SCALE_BYTES } from './kv_layout';
import type { KvConfig } from './kv_options';

export interface TokenRun {
  /** float32 [tokens, kvHeads, headDim]. */
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly tokens: number;
}

export class CodePages {
  pages: Uint8Array[] = [];
  /** The first token, counted from the start of the first page. */
  first = 0;
  rows = 0;
  readonly #config: KvConfig;

  constructor(config: KvConfig) {
    this.#config = config;
  }

  get usedBytes(): number {
    return this.bytesOf(this.rows);
  }
  bytesOf(tokens: number): number {
    const vectors = codeBytes(this.#config, 'keys') + codeBytes(this.#config, 'values') + 2 * SCALE_BYTES;
    return tokens * this.#config.kvHeads * vectors;
  }
  get allocatedBytes(): number {
    return this.pages.length * pageBytes(this.#config);
  }

  /** Takes pages for `extra` more tokens. */
  reserve(extra: number): void {
    const { pageTokens } = this.#config;
    const needed = Math.ceil((this.first + this.rows + extra) / pageTokens);
    const bytes = pageBytes(this.#config);
    try {
      while (this.pages.length < needed) this.pages.push(new Uint8Array(bytes));
    } catch (cause) {
      throw makeError('ERR_NATIVE', `no memory for a page of ${bytes} bytes`, { cause });
    }
  }

  /** Encodes tokens to places behind the rows, `ahead` of them later; `rows` makes them rows. */
  write(run: TokenRun, ahead: number, rotation: RotationHandle, transform: KvTransform): void {
    const at = this.first + this.rows + ahead;
    this.reserve(ahead + run.tokens);
    const layout = layoutNumbers(this.#config);
    const { mean, balance } = transform;
    const numbers = (side: number) => Float64Array.of(...layout, side, at, run.tokens);
    addon.storeKvCodes(run.k, rotation, this.pages, mean, balance, numbers(0));
    addon.storeKvCodes(run.v, rotation, this.pages, null, null, numbers(1));
  }

  /** Takes tokens out; those behind them move down, unless they are the first. */
  remove(start: number, count: number): void {
    if (count === 0) return;
    if (start === 0) this.first += count;
    else this.#moveDown(start, start + count);
    this.rows -= count;
    this.#trim();
  }

  #trim(): void {
    const { pageTokens } = this.#config;
    if (this.rows === 0) this.first = 0;
    const empty = Math.floor(this.first / pageTokens);
    this.pages.splice(0, empty);
    this.first -= empty * pageTokens;
    this.pages.length = Math.ceil((this.rows === 0 ? 0 : this.first + this.rows) / pageTokens);
  }

  /** Copies tokens from `from` on to `to`, which is before it, in pieces that lie in one page on either side. */
  #moveDown(to: number, from: number): void {
    const { pageTokens, kvHeads } = this.#config;
    const sections = pageSections(this.#config);
    for (let done = 0; from + done < this.rows; ) {
      const [source, target] = [this.first + from + done, this.first + to + done];
      const [sourceAt, targetAt] = [source % pageTokens, target % pageTokens];
      const piece = Math.min(this.rows - from - done, pageTokens - sourceAt, pageTokens - targetAt);
      const [sourcePage, targetPage] = [Math.floor(source / pageTokens), Math.floor(target / pageTokens)];
      for (const { offset, bytes } of sections)
        for (let head = 0; head < kvHeads; head++) {
          const start = offset + head * pageTokens * bytes;
          const begin = start + sourceAt * bytes;
          const rows = this.pages[sourcePage]!.subarray(begin, begin + piece * bytes);
          this.pages[targetPage]!.set(rows, start + targetAt * bytes);
        }
      done += piece;
    }
  }

  /** run(bytes) for the codes and scales of all tokens, in the order of a page's sections, head by head. */
  eachRun(run: (bytes: Uint8Array) => void): void {
    const { pageTokens, kvHeads } = this.#config;
    for (const { offset, bytes } of pageSections(this.#config))
      for (let head = 0; head < kvHeads; head++)
        for (let done = 0; done < this.rows; ) {
          const token = this.first + done;
          const at = token % pageTokens;
          const piece = Math.min(this.rows - done, pageTokens - at);
          const begin = offset + (head * pageTokens + at) * bytes;
          run(this.pages[Math.floor(token / pageTokens)]!.subarray(begin, begin + piece * bytes));
          done += piece;
        }
  }

  clone(): CodePages {
    const copy = new CodePages(this.#config);
    copy.pages = this.pages.map((page) => page.slice());
    copy.first = this.first;
    copy.rows = this.rows;
    return copy;
  }
}
