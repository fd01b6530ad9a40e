/// <reference lib="esnext.disposable" preserve="true" />
// Writes safetensors files whose tensors come in windows, in any order: sizes are known before, data need not be in memory.
import path from 'node:path';
import { makeError } from '../errors';
import { replaceAll } from '../files/replace_files';
import { TemporaryFile } from '../files/temporary_file';
import { checkInteger, checkOptions, reject } from '../validate';
import { FILE_ENDING, INDEX_ENDING } from './checkpoint_files';
import { FileInProgress } from './file_in_progress';
import { type CheckedPlan, checkMetadata, checkPlans, cutShards, type PlanOptions, type TensorPlan } from './layout';
import type { Owned } from './owned';

export interface WriterOptions extends PlanOptions {
  /** Bytes of data in a file, for output with an index. Default: 5e9. */
  readonly maxShardBytes?: number | undefined;
}

const SHARD_BYTES = 5e9;

/** The bytes of a typed array. Throws ERR_DTYPE for anything else, and for memory that is shared or gone. */
function bytesOf(data: unknown): Uint8Array {
  try {
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer)
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch {}
  return reject('data', 'a typed array of a plain ArrayBuffer', data, 'ERR_DTYPE');
}

/** The file of each shard: model-00001-of-00003.safetensors and so on beside the index, or the one file itself. */
function shardFiles(given: string, shards: number): string[] {
  if (!given.endsWith('.json')) return [given];
  const stem = given.slice(0, -INDEX_ENDING.length);
  const number = (i: number) => String(i).padStart(5, '0');
  return Array.from({ length: shards }, (_, i) => `${stem}-${number(i + 1)}-of-${number(shards)}${FILE_ENDING}`);
}

/**
 * A checkpoint that is being written. `create` lays it out, `write` takes data, `finish` puts it in the place of what was there;
 * `abort`, or the end of the process, leaves that as it was.
 *
 * Each file is replaced as a whole. Of output with an index the files come first and the index last: a checkpoint of several files
 * that is to survive a kill at that moment must not be written over.
 */
export class SafetensorsWriter implements AsyncDisposable {
  /** What `finish` makes: the file, or the files and their index last. */
  readonly files: readonly string[];
  readonly #shards: FileInProgress[] = [];
  readonly #byName = new Map<string, FileInProgress>();
  readonly #index: TemporaryFile | undefined;
  #ended = false;

  private constructor(given: string, shards: readonly CheckedPlan[][], metadata: ReadonlyMap<string, string>) {
    const files = shardFiles(given, shards.length);
    this.files = given.endsWith('.json') ? [...files, given] : files;
    try {
      shards.forEach((plans, i) => {
        const shard = new FileInProgress(files[i] as string, plans, metadata);
        this.#shards.push(shard);
        for (const { name } of plans) this.#byName.set(name, shard);
      });
      this.#index = given.endsWith('.json') ? TemporaryFile.create(given) : undefined;
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /**
   * Begins a checkpoint.
   *
   * @param file a file, or for several ones an index, whose name ends in .safetensors.index.json; its folder must exist
   * @param tensors their names, types and shapes; output with an index is cut in their order
   * @throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE for tensors and metadata that cannot be stored; ERR_FILE if nothing can be written
   */
  static create(file: string, tensors: readonly TensorPlan[], options?: WriterOptions): SafetensorsWriter {
    if (typeof file !== 'string') reject('path', 'a string', file, 'ERR_DTYPE');
    const isIndex = file.endsWith('.json');
    if (isIndex && !file.endsWith(INDEX_ENDING)) reject('path', `a name ending in ${INDEX_ENDING}`, file, 'ERR_RANGE');
    const { metadata = new Map<string, string>(), maxShardBytes } = checkOptions('options', options);
    if (maxShardBytes !== undefined && !isIndex)
      reject('maxShardBytes', `absent unless the path ends in ${INDEX_ENDING}`, maxShardBytes, 'ERR_RANGE');
    checkInteger('maxShardBytes', maxShardBytes ?? SHARD_BYTES, 1, Number.MAX_SAFE_INTEGER);
    checkMetadata(metadata);
    const plans = checkPlans(tensors);
    const shards = isIndex ? cutShards(plans, maxShardBytes ?? SHARD_BYTES) : [plans];
    return new SafetensorsWriter(file, shards, metadata);
  }

  /**
   * Writes a part of a tensor. Parts may come in any order, and several may be in flight.
   * @param data values as the file has them, little-endian, in a plain ArrayBuffer; they must stay as they are until it is over
   * @param begin their first byte within the tensor; by default where the last part ended
   * @throws ERR_RANGE for an unknown name, and bytes beyond the tensor or written before; ERR_FILE if they cannot be written,
   *   which aborts the whole
   */
  async write(name: string, data: ArrayBufferView, begin?: number, owned?: Owned): Promise<void> {
    this.#checkOpen();
    const shard = this.#byName.get(name);
    if (shard === undefined) reject('name', 'a tensor of this checkpoint', name, 'ERR_RANGE');
    const bytes = bytesOf(data);
    if (begin !== undefined) checkInteger('begin', begin, 0, Number.MAX_SAFE_INTEGER);
    try {
      await shard.write(name, bytes, begin, owned);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_FILE') this.abort();
      throw error;
    }
  }

  /**
   * Brings all to the disk and into place.
   * @throws ERR_SHAPE if a part of a tensor was never written; ERR_FILE if the disk is full and the like; the old files then stay
   */
  async finish(): Promise<void> {
    this.#checkOpen();
    try {
      for (const shard of this.#shards) await shard.complete();
      this.#index?.append(this.#indexBytes());
      await this.#index?.closeAsync();
      this.#checkOpen(); // nobody has aborted it meanwhile
      this.#ended = true;
      replaceAll(this.#temporaries());
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Removes what was written, at once. Nothing happens after finish(). */
  abort(): void {
    this.#ended = true;
    for (const temporary of this.#temporaries()) temporary.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.abort();
  }

  #checkOpen(): void {
    if (this.#ended) throw makeError('ERR_DISPOSED', 'the writer was finished or aborted');
  }

  #temporaries(): TemporaryFile[] {
    const files = this.#shards.map(({ temporary }) => temporary);
    return this.#index === undefined ? files : [...files, this.#index];
  }

  #indexBytes(): Uint8Array {
    const places = this.#shards.flatMap(({ names, temporary: { file } }) =>
      Array.from(names, (name) => [name, path.basename(file)] as const),
    );
    const total = this.#shards.reduce((sum, { dataBytes }) => sum + dataBytes, 0);
    const byName = places.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    const json = { metadata: { total_size: total }, weight_map: Object.fromEntries(byName) };
    return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
  }
}
