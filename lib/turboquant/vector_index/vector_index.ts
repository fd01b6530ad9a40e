/// <reference lib="esnext.disposable" preserve="true" />
// A flat index of vectors in codes of a few bits: nothing is trained, and every vector is looked at.
import { type AsyncOptions, signalOf, untilAborted } from '../../abort_signal';
import { addon, type IndexHandle } from '../../addon';
import {
  type LoadOptions,
  loadHandle,
  loadHandleAsync,
  openToken,
  type ShareToken,
  saveHandle,
  saveHandleAsync,
  shareHandle,
} from '../../storage';
import { checkOneOf, checkOptions } from '../../validate';
import { checkIds, checkNextId, ID_TYPES, type Id, type IdList, type IdType, idOf } from './index_ids';
import { checkIndexOptions, formOf, type IndexForm, nativeSpec, type VectorIndexOptions } from './index_options';
import { type Candidates, rerank, vectorsLater, vectorsNow } from './outside_rerank';
import {
  type AsyncSearchOptions,
  checkSearch,
  deliver,
  rowsOfVectors,
  type SearchCall,
  type SearchOptions,
  type SearchResult,
  type Vectors,
} from './search_call';

/** How an index is opened that is there already. */
export interface IndexOpenOptions<Ids extends IdType = 'number'> {
  /** As VectorIndexOptions.ids. */
  readonly ids?: Ids | undefined;
}

type Shared = ShareToken<'VectorIndex'>;

/**
 * The nearest of many vectors by inner product, cosine or squared distance. Vectors are searched as TurboQuant codes of 1 to 8
 * bits; `rerank` scores the best of them exactly. Results are the same on every instruction set, with any number of threads and
 * in any batch of queries; of equal scores the vector that was added first comes first.
 *
 * Every thread of the process can search and change an index at the same time: a search sees the vectors that were there when it
 * began, and a call that fails changes nothing.
 */
export class VectorIndex<Ids extends IdType = 'number'> {
  /** dim, bits, metric, scale, seed, keep and ids, as the index was made. */
  readonly form: IndexForm & { readonly ids: Ids };
  readonly #handle: IndexHandle;

  /** An empty index. Throws ERR_DTYPE, ERR_RANGE. */
  constructor(options: VectorIndexOptions<Ids>);
  /** @internal Use VectorIndex.open or VectorIndex.load. */
  constructor(options: VectorIndexOptions<Ids>, handle?: IndexHandle);
  constructor(options: VectorIndexOptions<Ids>, handle?: IndexHandle) {
    const form = checkIndexOptions(options);
    this.form = form as IndexForm & { readonly ids: Ids };
    this.#handle = handle ?? addon.createIndex(...nativeSpec(form));
  }

  static #of<Ids extends IdType>(handle: IndexHandle, options: IndexOpenOptions<Ids> | undefined): VectorIndex<Ids> {
    const { ids = 'number' as Ids } = checkOptions('options', options);
    checkOneOf('options.ids', ids, ID_TYPES);
    const info = addon.indexInfo(handle);
    checkNextId(info.nextId, ids);
    return new VectorIndex<Ids>(formOf(info, ids) as VectorIndexOptions<Ids>, handle);
  }

  /**
   * The index that another thread of this process shared, the same memory and the same vectors from then on. It must not have been
   * disposed of or collected before this call. Throws ERR_DTYPE, ERR_DISPOSED.
   */
  static open<Ids extends IdType = 'number'>(token: Shared, options?: IndexOpenOptions<Ids>): VectorIndex<Ids> {
    return VectorIndex.#of(openToken('VectorIndex', token) as IndexHandle, options);
  }

  /** A token to send to other threads of this process, for VectorIndex.open. Keep this object until they have done so. */
  share(): Shared {
    return shareHandle('VectorIndex', this.#handle);
  }

  /**
   * An index that save() wrote; docs/vector-index.md describes the bytes. With `mmap` the file's pages serve as memory, which
   * processes share; vectors can be added all the same, in memory of the process.
   * @throws ERR_FILE, naming the file and the fault, if it cannot be read, is damaged, truncated, of another version, or something
   *   else; ERR_RANGE for ids beyond 2^53 - 1 unless `ids` is `bigint`; ERR_DTYPE
   */
  static load<Ids extends IdType = 'number'>(
    path: string,
    options?: LoadOptions & IndexOpenOptions<Ids>,
  ): VectorIndex<Ids> {
    return VectorIndex.#of(loadHandle('loadIndex', path, options), options);
  }

  /** As load, off the event loop. */
  static async loadAsync<Ids extends IdType = 'number'>(
    path: string,
    options?: LoadOptions & IndexOpenOptions<Ids> & AsyncOptions,
  ): Promise<VectorIndex<Ids>> {
    return VectorIndex.#of(await loadHandleAsync('loadIndex', path, options), options);
  }

  /**
   * Writes the vectors that are there to a file, without those that were removed. An old file is replaced as a whole at the end,
   * or stays as it was; a process that is killed meanwhile leaves a `.octavo-….tmp` beside it. Throws ERR_FILE, ERR_DTYPE.
   */
  save(path: string): void {
    saveHandle(this.#handle, path, 'saveIndex');
  }

  /** As save, off the event loop: the vectors that are there when it begins. */
  async saveAsync(path: string, options?: AsyncOptions): Promise<void> {
    await saveHandleAsync(this.#handle, path, options, 'saveIndex');
  }

  /** Vectors that are there. */
  get size(): number {
    return addon.indexInfo(this.#handle).size;
  }

  /** Bytes of native memory, those of removed vectors among them until compact(); without what is mapped from a file. */
  get byteLength(): number {
    return addon.indexInfo(this.#handle).bytes;
  }

  /**
   * Adds vectors, float32 [..., dim] or the values of several; all or, after an error, none.
   * @param ids one for each vector, from 0 on, that the index does not have. Default: running ones, from one more than the
   *   largest id so far.
   * @returns the id of the first vector
   * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for values that are not finite, norms of 2^63 and more, values beyond float16 where
   *   that is kept, and ids that are there
   */
  add(vectors: Vectors, ids?: IdList): Id<Ids> {
    const { args, first, given } = this.#adding(vectors, ids);
    addon.indexAdd(...args);
    return this.#added(first, given);
  }

  /** As add, off the event loop. The vectors are copied before the call returns. When it is aborted, they may be added all the same. */
  async addAsync(vectors: Vectors, ids?: IdList, options?: AsyncOptions): Promise<Id<Ids>> {
    const signal = signalOf(options);
    const { args, first, given } = this.#adding(vectors, ids);
    await untilAborted(signal, () => addon.indexAddAsync(...args));
    return this.#added(first, given);
  }

  /** Removes the vectors with these ids. @returns how many of them were there. Throws ERR_DTYPE, ERR_RANGE. */
  remove(ids: IdList): number {
    return addon.indexRemove(this.#handle, checkIds(ids, this.form.ids));
  }

  /** Whether there is a vector with this id. Throws ERR_RANGE. */
  has(id: number | bigint): boolean {
    return addon.indexHas(this.#handle, checkIds([id] as number[], this.form.ids));
  }

  /** Frees the memory of removed vectors. Needs as much as the others take while it works. */
  compact(): void {
    addon.compactIndex(this.#handle);
    addon.reportMemory(this.#handle);
  }

  /**
   * The k best vectors of each query, float32 [..., dim] or the values of one or several: the largest inner products or cosines, the
   * least squared distances. Queries that come together share the passes over the vectors.
   * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for queries that are not finite or have a norm of 2^63 or more; ERR_UNSUPPORTED for a
   *   rerank by vectors that are not kept
   */
  search(queries: Vectors, k: number, options?: SearchOptions<Ids>): SearchResult<Ids> {
    const call = checkSearch(this.form, queries, k, options as SearchOptions);
    const { args, candidates, scores } = this.#scanning(call);
    addon.indexSearch(...args);
    if (call.vectors === undefined) return deliver(this.form, call, { ids: candidates.ids, scores }, options);
    const vectors = vectorsNow(candidates, call.vectors, this.form);
    return deliver(this.form, call, rerank(this.#handle, this.form, call, candidates, vectors), options);
  }

  /** As search, off the event loop. Queries are copied before the call returns. */
  async searchAsync(queries: Vectors, k: number, options?: AsyncSearchOptions<Ids>): Promise<SearchResult<Ids>> {
    const signal = signalOf(options);
    const given = checkSearch(this.form, queries, k, options as SearchOptions);
    // What scores candidates from outside reads the queries again.
    const again = given.vectors !== undefined && given.queries.length > 0;
    const call = again ? { ...given, queries: given.queries.slice() } : given;
    const { args, candidates, scores } = this.#scanning(call);
    await untilAborted(signal, () => addon.indexSearchAsync(...args));
    if (call.vectors === undefined) return deliver(this.form, call, { ids: candidates.ids, scores }, options);
    const vectors = await vectorsLater(candidates, call.vectors, this.form);
    signal?.throwIfAborted();
    return deliver(this.form, call, rerank(this.#handle, this.form, call, candidates, vectors), options);
  }

  /** Frees the native memory as soon as no call and no other thread uses it; later use throws ERR_DISPOSED. */
  dispose(): void {
    addon.dispose(this.#handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #adding(vectors: Vectors, ids: IdList | undefined) {
    const { data, m, stride } = rowsOfVectors('vectors', vectors, this.form.dim);
    const given = ids === undefined ? null : checkIds(ids, this.form.ids, m);
    const first = new BigInt64Array(1);
    return { args: [this.#handle, data, m, stride, given, first] as const, first, given };
  }

  #added(first: BigInt64Array, given: BigInt64Array | null): Id<Ids> {
    addon.reportMemory(this.#handle);
    return idOf(given?.[0] ?? first[0]!, this.form.ids);
  }

  /** The call of the scan: with vectors from outside it finds all candidates. */
  #scanning({ queries, count, stride, k, filter, factor, vectors }: SearchCall) {
    const candidates = Math.max(k, Math.min(k * factor, this.size));
    const each = vectors === undefined ? k : candidates;
    const found: Candidates = { ids: new BigInt64Array(count * each), each };
    const scores = new Float32Array(count * each);
    const exact = vectors === undefined && factor > 0 ? candidates : 0;
    const args = [this.#handle, queries, count, stride, each, exact, filter, found.ids, scores] as const;
    return { args, candidates: found, scores };
  }
}
