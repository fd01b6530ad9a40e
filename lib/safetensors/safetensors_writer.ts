/// <reference lib="esnext.disposable" preserve="true" />
// Writes safetensors files whose tensors come in windows, in any order: sizes are known before, data need not be in memory.
import path from 'node:path';
import { makeError } from '../errors';
import { replaceAll } from '../files/replace_files';
import { TemporaryFile } from '../files/temporary_file';
import { checkInteger, checkOptions, reject, show } from '../validate';
import { FILE_ENDING, INDEX_ENDING } from './checkpoint_files';
import { Coverage } from './coverage';
import { checkMetadata, checkPlans, cutShards, layOut, type PlanOptions, type TensorPlan } from './layout';

export interface WriterOptions extends PlanOptions {
  /** Bytes of data in a file, for output with an index. Default: 5e9. */
  readonly maxShardBytes?: number | undefined;
}

interface Target {
  readonly file: TemporaryFile;
  readonly start: number;
  readonly bytes: number;
  readonly coverage: Coverage;
  /** Where the next write goes that says nothing else. */
  next: number;
}

type CheckedPlan = ReturnType<typeof checkPlans>[number];
const SHARD_BYTES = 5e9;

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
  readonly #targets = new Map<string, Target>();
  readonly #temporaries: TemporaryFile[] = [];
  #ended = false;

  private constructor(given: string, shards: readonly CheckedPlan[][], metadata: ReadonlyMap<string, string>) {
    const files = shardFiles(given, shards.length);
    this.files = given.endsWith('.json') ? [...files, given] : files;
    try {
      shards.forEach((shard, i) => {
        this.#begin(files[i] as string, shard, metadata);
      });
      if (given.endsWith('.json')) this.#writeIndex(given, files, shards);
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
  static create(file: string, tensors: Iterable<TensorPlan>, options?: WriterOptions): SafetensorsWriter {
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
   * Writes a part of a tensor. Parts may come in any order, and several may be in flight; `data` must stay as it is until then.
   * @param data values as the file has them, little-endian
   * @param begin their first byte within the tensor; by default where the last part ended
   * @throws ERR_RANGE for an unknown name, and bytes beyond the tensor or written before; ERR_FILE if they cannot be written,
   *   which aborts the whole
   */
  async write(name: string, data: ArrayBufferView, begin?: number): Promise<void> {
    if (this.#ended) throw makeError('ERR_DISPOSED', 'the writer was finished or aborted');
    const target = this.#targets.get(name);
    if (target === undefined) reject('name', 'a tensor of this checkpoint', name, 'ERR_RANGE');
    if (!ArrayBuffer.isView(data)) reject('data', 'a typed array', data, 'ERR_DTYPE');
    const from = checkInteger('begin', begin ?? target.next, 0, Number.MAX_SAFE_INTEGER);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!target.coverage.add(from, from + bytes.length))
      throw makeError(
        'ERR_RANGE',
        `bytes ${from} to ${from + bytes.length} of tensor ${show(name)} are beyond its ${target.bytes} or written already`,
      );
    target.next = from + bytes.length;
    try {
      await target.file.write(bytes, target.start + from);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /**
   * Brings all to the disk and into place.
   * @throws ERR_SHAPE if a part of a tensor was never written; ERR_FILE if the disk is full and the like; the old files then stay
   */
  async finish(): Promise<void> {
    if (this.#ended) throw makeError('ERR_DISPOSED', 'the writer was finished or aborted');
    try {
      for (const [name, { coverage, bytes }] of this.#targets)
        if (!coverage.complete)
          throw makeError('ERR_SHAPE', `tensor ${show(name)} has ${bytes} bytes, ${coverage.covered} were written`);
      for (const temporary of this.#temporaries) await temporary.closeAsync();
      this.#ended = true;
      replaceAll(this.#temporaries);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Removes what was written, at once. Nothing happens after finish(). */
  abort(): void {
    this.#ended = true;
    for (const temporary of this.#temporaries) temporary.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.abort();
  }

  #begin(file: string, shard: readonly CheckedPlan[], metadata: ReadonlyMap<string, string>): void {
    const { head, tensors } = layOut(shard, metadata);
    const temporary = TemporaryFile.create(file);
    this.#temporaries.push(temporary);
    temporary.append(head);
    for (const { name, start, bytes } of tensors)
      this.#targets.set(name, { file: temporary, start, bytes, coverage: new Coverage(bytes), next: 0 });
  }

  #writeIndex(index: string, files: readonly string[], shards: readonly CheckedPlan[][]): void {
    const places = shards.flatMap((shard, i) => shard.map(({ name }) => [name, path.basename(files[i]!)] as const));
    const total = shards.flat().reduce((sum, { bytes }) => sum + bytes, 0);
    const json = { metadata: { total_size: total }, weight_map: Object.fromEntries(places.sort()) };
    const temporary = TemporaryFile.create(index);
    this.#temporaries.push(temporary);
    temporary.append(new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`));
  }
}
