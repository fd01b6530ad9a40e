// One layer of a cache: sinks in float16, then codes, then the window in float16. Tokens have positions, counted from 0 in the
// order in which they came; a token leaves the window when `window` positions lie behind it.
import { addon } from '../../addon';
import type { RotationHandle } from '../../addon_types/turboquant';
import { CodePages } from './code_pages';
import { HalfRows } from './half_rows';
import { checkFinite, checkStatistics, KeyStatistics, type KvTransform, NO_TRANSFORM } from './key_transform';
import { layoutNumbers } from './kv_layout';
import type { KvConfig } from './kv_options';

export interface AttendCall {
  /** float32 [tokens, queryHeads, headDim]. */
  readonly q: Float32Array;
  readonly out: Float32Array;
  readonly tokens: number;
  readonly queryHeads: number;
  readonly scale: number;
  readonly causal: boolean;
  /** Where logits go, [tokens, queryHeads, length], if anywhere. */
  readonly logits?: Float32Array;
}

export class KvLayer {
  sinks: HalfRows;
  codes: CodePages;
  window: HalfRows;
  /** Of the next token. */
  next = 0;
  /** Frozen; null while the statistics are gathered and tokens wait in the window. */
  transform: KvTransform | null;
  statistics: KeyStatistics | null;
  readonly #config: KvConfig;
  readonly #rotation: RotationHandle;

  constructor(config: KvConfig, rotation: RotationHandle) {
    this.#config = config;
    this.#rotation = rotation;
    this.sinks = new HalfRows(config);
    this.codes = new CodePages(config);
    this.window = new HalfRows(config);
    const waits = config.centerAfter > 0 || config.balance;
    this.transform = waits ? null : NO_TRANSFORM;
    this.statistics = waits ? new KeyStatistics(config) : null;
  }

  get length(): number {
    return this.sinks.rows + this.codes.rows + this.window.rows;
  }

  append(k: Float32Array, v: Float32Array): void {
    const width = this.#config.kvHeads * this.#config.headDim;
    const tokens = k.length / width;
    if (this.transform === null) this.#gather(k, v);
    const sinks = this.#toSinks(tokens);
    const part = (x: Float32Array, from: number, to: number) => x.subarray(from * width, to * width);
    const mean = this.transform?.mean ?? null;
    this.sinks.reserve(sinks);
    this.sinks.write(part(k, 0, sinks), part(v, 0, sinks), mean);

    const first = this.#leaving(this.next + tokens);
    const encoded = Math.max(sinks, Math.min(tokens, first - this.next));
    const aged = this.#countBelow(first);
    this.window.reserve(tokens - encoded);
    this.window.write(part(k, encoded, tokens), part(v, encoded, tokens), mean);
    const run = { k: part(k, sinks, encoded), v: part(v, sinks, encoded), tokens: encoded - sinks };
    this.codes.write(run, aged, this.#rotation, this.transform ?? NO_TRANSFORM);
    this.#encodeWindow(aged);

    this.sinks.commit(sinks, this.next);
    this.codes.rows += aged + run.tokens;
    this.window.commit(tokens - encoded, this.next + encoded);
    this.window.remove(0, aged);
    this.next += tokens;
  }

  /** The first position that may stay in the window when `next` comes next; all wait while nothing is frozen. */
  #leaving(next: number): number {
    return this.transform === null ? 0 : Math.max(0, next - this.#config.window);
  }

  /** How many of the next tokens are sinks. */
  #toSinks(tokens: number): number {
    if (this.codes.rows > 0 || this.window.rows > 0) return 0;
    return Math.min(tokens, Math.max(0, this.#config.sinks - this.next));
  }

  #gather(k: Float32Array, v: Float32Array): void {
    checkStatistics('k', k);
    checkStatistics('v', v);
    const statistics = this.statistics!.clone();
    statistics.addKeys(k);
    if (statistics.ready) this.#freeze(statistics.freeze());
    else this.statistics = statistics;
  }

  /** From now on every key is stored less the mean, those that are there included. */
  #freeze(transform: KvTransform): void {
    this.sinks.center(transform);
    this.window.center(transform);
    this.transform = transform;
    this.statistics = null;
  }

  /** Sets what `append` would freeze some time. */
  calibrate(transform: KvTransform): void {
    this.#freeze(transform);
    this.#ageNow();
  }

  #ageNow(): void {
    const aged = this.#countBelow(this.#leaving(this.next));
    this.#encodeWindow(aged);
    this.codes.rows += aged;
    this.window.remove(0, aged);
  }

  #countBelow(position: number): number {
    const { positions } = this.window;
    const stays = positions.findIndex((at) => at >= position);
    return stays < 0 ? positions.length : stays;
  }

  /** Encodes the first rows of the window, whose mean is subtracted already, to places behind the codes. */
  #encodeWindow(count: number): void {
    if (count === 0) return;
    const run = { k: this.window.widen('keys', 0, count), v: this.window.widen('values', 0, count), tokens: count };
    this.codes.write(run, 0, this.#rotation, { mean: null, balance: this.transform!.balance });
  }

  attend(call: AttendCall): void {
    addon.attendKv(...this.#attention(call));
    if (this.statistics !== null) this.#learn(call.q, call.queryHeads);
  }

  /** As attend, with the layer as it is now: whatever the call reads is copied, and its queries are learned from, before it returns. */
  attendAsync(call: AttendCall): Promise<void> {
    if (this.statistics !== null) checkFinite('q', call.q);
    const attended = addon.attendKvAsync(...this.#attention(call));
    if (this.statistics !== null) this.#learn(call.q, call.queryHeads);
    return attended;
  }

  #attention({ q, out, tokens, queryHeads, scale, causal, logits }: AttendCall) {
    const { sinks, codes, window } = this;
    const numbers = [
      ...layoutNumbers(this.#config),
      ...[codes.first, codes.rows, sinks.rows, window.first, window.rows],
      ...[tokens, queryHeads, scale, causal ? 1 : 0],
    ];
    const balance = this.transform?.balance ?? null;
    const cache = [this.#rotation, codes.pages, sinks.data, window.data, balance] as const;
    return [q, out, ...cache, Float64Array.from(numbers), logits ?? null] as const;
  }

  #learn(q: Float32Array, queryHeads: number): void {
    this.statistics!.addQueries(q, queryHeads);
    if (!this.statistics!.ready) return;
    this.#freeze(this.statistics!.freeze());
    this.#ageNow();
  }

  /** Takes tokens out, by their place among those that are there. */
  remove(start: number, count: number): void {
    let left = start;
    let more = count;
    for (const part of [this.sinks, this.codes, this.window]) {
      const rows = part.rows;
      const taken = Math.max(0, Math.min(more, rows - left));
      part.remove(Math.min(left, rows), taken);
      more -= taken;
      left = Math.max(0, left - rows);
    }
  }

  /** Keeps the first `length` tokens. The next token's position follows the last one's. */
  truncate(length: number): void {
    const removed = this.length - length;
    this.remove(length, removed);
    const last = this.window.positions.at(-1);
    this.next = length === 0 ? 0 : last === undefined ? this.next - removed : last + 1;
  }

  clone(): KvLayer {
    const copy = new KvLayer(this.#config, this.#rotation);
    copy.sinks = this.sinks.clone();
    copy.codes = this.codes.clone();
    copy.window = this.window.clone();
    copy.next = this.next;
    copy.transform = this.transform;
    copy.statistics = this.statistics?.clone() ?? null;
    return copy;
  }
}
