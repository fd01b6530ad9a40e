// A cache of attention's keys and values as codes of a few bits.
import { type AsyncOptions, signalOf, untilAborted } from '../../abort_signal';
import { addon } from '../../addon';
import type { RotationHandle } from '../../addon_types/turboquant';
import { makeError } from '../../errors';
import { Tensor, type TensorLike } from '../../tensor';
import { checkOutput, deliver, outputArray } from '../../tensor/output_array';
import { CHECKED } from '../../tensor/tensor';
import { checkInteger } from '../../validate';
import { type AttentionOptions, attentionForm, checkQueries } from './attention';
import { type HeadTensor, headTensor } from './head_tensor';
import { checkStatistics, KeyStatistics } from './key_transform';
import { kvFromBytes, kvToBytes } from './kv_bytes';
import { KvLayer } from './kv_layer';
import { type KvMemory, memoryOf } from './kv_memory';
import { checkKvOptions, type KvCacheOptions, type KvConfig, MOST_KV_TOKENS } from './kv_options';

/** What clone and fromBytes make a cache of. Not exported: only this module has one. */
class Restored {
  constructor(
    readonly config: KvConfig,
    readonly layers: readonly KvLayer[],
    readonly rotation: RotationHandle,
  ) {}
}

function rotationOf({ headDim, seed }: KvConfig): RotationHandle {
  return addon.createRotation(headDim, Number(seed & 0xffffffffn), Number(seed >> 32n), 0);
}

/**
 * The keys and values of one sequence, layer by layer. Each vector is rotated by a seeded rotation and becomes codes of `bits` bits a
 * value and one float16 scale, which keeps the norm of a key and has the least error for a value. attend() meets the codes as they
 * are: queries are rotated once, values are summed up in the rotated domain. The same codes and results on every instruction
 * set and with any number of threads.
 *
 * Sources: TurboQuant (arXiv 2504.19874), with its norm corrected; docs/kv-cache.md has figures.
 */
export class KvCache {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly #config: KvConfig;
  readonly #layers: readonly KvLayer[];
  readonly #rotation: RotationHandle;

  /** @throws ERR_DTYPE, ERR_RANGE for options that are not as documented */
  constructor(options: KvCacheOptions);
  constructor(options: KvCacheOptions | Restored) {
    const restored = options instanceof Restored ? options : undefined;
    const config = restored?.config ?? checkKvOptions(options as KvCacheOptions);
    const rotation = restored?.rotation ?? rotationOf(config);
    this.#config = config;
    this.#rotation = rotation;
    this.#layers = restored?.layers ?? Array.from({ length: config.layers }, () => new KvLayer(config, rotation));
    this.layers = config.layers;
    this.kvHeads = config.kvHeads;
    this.headDim = config.headDim;
  }

  /** Tokens of a layer. */
  length(layer = 0): number {
    return this.#layer(layer).length;
  }

  /**
   * Adds tokens behind those that are there.
   * @param k float32 [tokens, kvHeads, headDim], finite, after any rotary embedding
   * @param v as k
   * @throws ERR_DTYPE, ERR_SHAPE; ERR_RANGE for what is not finite or beyond float16. The layer then has the tokens it had.
   */
  append(layer: number, k: TensorLike<'float32'>, v: TensorLike<'float32'>): void {
    const into = this.#layer(layer);
    const [keys, values] = [this.#vectors('k', k), this.#vectors('v', v)];
    if (keys.tokens !== values.tokens)
      throw makeError('ERR_SHAPE', `k and v must have as many tokens, got ${keys.tokens} and ${values.tokens}`);
    if (into.next + keys.tokens > MOST_KV_TOKENS)
      throw makeError('ERR_RANGE', `a layer takes at most ${MOST_KV_TOKENS} tokens`);
    if (keys.tokens > 0) into.append(keys.data, values.data);
  }

  /**
   * Attention of queries over the layer's tokens, those of the last append included.
   * @param q float32 [tokens, queryHeads, headDim], finite; queryHeads is a multiple of kvHeads
   * @returns float32 [tokens, queryHeads, headDim]
   * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE
   */
  attend(layer: number, q: TensorLike<'float32'>, options?: AttentionOptions): Tensor<'float32'> {
    const { from, form, call } = this.#attention(layer, q, options);
    const out = outputArray(form.out, form);
    from.attend({ ...call, out });
    return new Tensor('float32', out, form.dims, CHECKED);
  }

  /**
   * As attend, computed off the event loop, over the tokens that the layer has now: their codes are copied before the call returns, so
   * that the cache may change at once. A balance has then learned of the queries, whether the call is aborted later or not.
   * @throws as attend, by rejection; the signal's reason
   */
  async attendAsync(
    layer: number,
    q: TensorLike<'float32'>,
    options?: AttentionOptions & AsyncOptions,
  ): Promise<Tensor<'float32'>> {
    const signal = signalOf(options);
    const { from, form, call } = this.#attention(layer, q, options);
    checkOutput(form.out, form);
    const result = outputArray(undefined, form);
    await untilAborted(signal, () => from.attendAsync({ ...call, out: result }));
    return new Tensor('float32', deliver(form.out, result, form), form.dims, CHECKED);
  }

  /**
   * What softmax is taken of: attend()'s scaled products of queries and keys, less what the mean makes of all keys alike.
   * @returns float32 [tokens, queryHeads, length], -Infinity for keys that a causal query does not see
   */
  logits(layer: number, q: TensorLike<'float32'>, options?: AttentionOptions): Tensor<'float32'> {
    const { from, form, call } = this.#attention(layer, q, options);
    const dims = Object.freeze([call.tokens, call.queryHeads, from.length]);
    const logits = outputArray(form.out, { type: 'float32', count: call.tokens * call.queryHeads * from.length, dims });
    from.attend({ ...call, out: new Float32Array(form.count), logits });
    return new Tensor('float32', logits, dims, CHECKED);
  }

  #attention(layer: number, q: TensorLike<'float32'>, options: AttentionOptions | undefined) {
    const from = this.#layer(layer);
    const queries = headTensor('q', q, ['float32']);
    const form = attentionForm(queries, options);
    if (queries.headDim !== this.headDim)
      throw makeError(
        'ERR_SHAPE',
        `q has headDim ${queries.headDim}, the cache has ${this.headDim}: they must be equal`,
      );
    checkQueries(queries, this.kvHeads, from.length, form.causal);
    const { data, tokens, heads } = queries;
    return { from, form, call: { q: data, tokens, queryHeads: heads, scale: form.scale, causal: form.causal } };
  }

  /**
   * Freezes a layer's mean, and its balance, from keys of another sequence, so that no token of this one waits for them. What is in
   * the layer already has waited; a layer that is frozen takes no other mean.
   * @param keys float32 [tokens, kvHeads, headDim]
   * @param queries float32 [tokens, queryHeads, headDim]; a cache with balance needs them
   * @throws ERR_DTYPE, ERR_SHAPE; ERR_RANGE if the layer is frozen already, or has neither mean nor balance, or for what is not finite
   */
  calibrate(layer: number, keys: TensorLike<'float32'>, queries?: TensorLike<'float32'>): void {
    const of = this.#layer(layer);
    if (of.transform !== null)
      throw makeError(
        'ERR_RANGE',
        `layer ${layer} must not be frozen yet, and must have a mean or a balance to freeze`,
      );
    const k = this.#vectors('keys', keys);
    const q = queries === undefined ? undefined : headTensor('queries', queries, ['float32']);
    if (q !== undefined) checkQueries(q, this.kvHeads, 1, false);
    if (k.tokens === 0 || (this.#config.balance && (q?.tokens ?? 0) === 0))
      throw makeError('ERR_SHAPE', 'calibration needs at least one key, and for a balance one query');
    checkStatistics('keys', k.data);
    if (q !== undefined) checkStatistics('queries', q.data);
    const statistics = new KeyStatistics(this.#config);
    statistics.addKeys(k.data);
    if (q !== undefined) statistics.addQueries(q.data, q.heads);
    of.calibrate(statistics.freeze());
  }

  /** True once a layer's mean and balance are frozen, or if it has none: tokens beyond the window are codes. */
  isFrozen(layer: number): boolean {
    return this.#layer(layer).transform !== null;
  }

  /** Takes tokens start .. start + count - 1 out of every layer. Throws ERR_RANGE unless all layers have them. */
  evict(start: number, count: number): void {
    const most = Math.min(...this.#layers.map((layer) => layer.length));
    checkInteger('start', start, 0, most);
    checkInteger('count', count, 0, most - start);
    for (const layer of this.#layers) layer.remove(start, count);
  }

  /** Takes the oldest `count` tokens that are no sinks out of every layer. Throws ERR_RANGE unless all layers have them. */
  evictOldest(count: number): void {
    const most = Math.min(...this.#layers.map((layer) => layer.length - layer.sinks.rows));
    checkInteger('count', count, 0, most);
    for (const layer of this.#layers) layer.remove(layer.sinks.rows, count);
  }

  /** Keeps the first `length` tokens of every layer; 0 empties them. Means that are frozen stay. */
  truncate(length: number): void {
    checkInteger('length', length, 0, Math.min(...this.#layers.map((layer) => layer.length)));
    for (const layer of this.#layers) layer.truncate(length);
  }

  /** Another cache of the same tokens, which shares no memory with this one. */
  clone(): KvCache {
    const layers = this.#layers.map((layer) => layer.clone());
    return KvCache.#restore(new Restored(this.#config, layers, this.#rotation));
  }

  /** The bytes held, counted. */
  memory(): KvMemory {
    return memoryOf(this.#config, this.#layers);
  }

  /** What the tokens take: memory().usedBytes. */
  get byteLength(): number {
    return this.memory().usedBytes;
  }

  /** The cache as bytes, with a checksum; docs/kv-cache.md has them byte by byte. */
  toBytes(): Uint8Array {
    return kvToBytes(this.#config, this.#layers);
  }

  /** Throws ERR_DTYPE for what is not bytes, ERR_UNSUPPORTED for another version, ERR_FILE for all other faults. */
  static fromBytes(bytes: Uint8Array): KvCache {
    let rotation: RotationHandle | undefined;
    const { config, layers } = kvFromBytes(bytes, (found) => {
      rotation ??= rotationOf(found);
      return new KvLayer(found, rotation);
    });
    return KvCache.#restore(new Restored(config, layers, rotation!));
  }

  static #restore(restored: Restored): KvCache {
    return new (KvCache as unknown as new (from: Restored) => KvCache)(restored);
  }

  #layer(index: number): KvLayer {
    return this.#layers[checkInteger('layer', index, 0, this.layers - 1)]!;
  }

  #vectors(name: string, value: TensorLike<'float32'>): HeadTensor<'float32'> {
    const tensor = headTensor(name, value, ['float32']);
    if (tensor.heads !== this.kvHeads || tensor.headDim !== this.headDim)
      throw makeError(
        'ERR_SHAPE',
        `${name} must be [tokens, ${this.kvHeads}, ${this.headDim}], got [${tensor.tokens}, ${tensor.heads}, ${tensor.headDim}]`,
      );
    return tensor;
  }
}
