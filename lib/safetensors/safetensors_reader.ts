/// <reference lib="esnext.disposable" preserve="true" />
// Reads tensors of safetensors files one at a time, or in windows of bounded size, from one file or all that an index names.
import { fileError } from '../files/file_access';
import { WatchedFile } from '../files/watched_file';
import { Tensor } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { checkInteger, checkOptions, reject, show } from '../validate';
import { type CheckpointFile, checkpointFiles } from './checkpoint_files';
import {
  dtypeOf,
  type ElementArray,
  type ElementName,
  elementArray,
  elementBits,
  type StoredDType,
} from './element_types';
import { decodeFloats } from './float_values';
import { COPY_BYTES, OWNED, type Owned } from './owned';
import { countOf, type HeaderEntry } from './parse_header';
import { type PlacedHeader, readHeader } from './read_header';

/** What is known of a tensor without reading it. */
export interface TensorInfo {
  readonly name: string;
  /** The element type by the format's own name, such as "BF16". */
  readonly dtype: ElementName;
  /** The same as a dtype of octavo, where it has one. */
  readonly type: StoredDType | undefined;
  readonly dims: readonly number[];
  readonly bytes: number;
  /** The file that it is in. */
  readonly file: string;
}

/** Values of a tensor or of rows of it, in an array of their own. */
export interface TensorValues {
  readonly dtype: ElementName;
  readonly type: StoredDType | undefined;
  readonly dims: readonly number[];
  /** F16, BF16 and floats of 8 bits as their bits; narrower ones as packed bytes; C64 as pairs. */
  readonly data: ElementArray;
}

export interface ReadOptions {
  /** Indices [begin, end) of the first axis. Default: all. */
  readonly rows?: readonly [begin: number, end: number] | undefined;
}

export interface WindowOptions extends ReadOptions {
  /** A window has at most so many bytes, but at least one row. Default: 16 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface StoredWindow extends TensorValues {
  readonly rows: readonly [begin: number, end: number];
}

interface Place {
  readonly info: TensorInfo;
  readonly file: WatchedFile;
  /** Of the first byte in the file. */
  readonly start: number;
}

const WINDOW_BYTES = 2 ** 24;

/** Rows of a tensor as places: the first axis, or the one value of a tensor without axes. */
function rowsOf({ dims, dtype }: TensorInfo): { count: number; bits: number } {
  return { count: dims[0] ?? 1, bits: (countOf(dims.slice(1)) ?? 0) * elementBits(dtype) };
}

/**
 * A checkpoint in safetensors files, open. Nothing is mapped and no file is read as a whole: what is asked for is read into an
 * array of its own, and a file that changes meanwhile is an error of the read that meets it.
 */
export class SafetensorsReader implements Disposable {
  /** The file, or the index. */
  readonly path: string;
  /** In the order of the files and of the bytes in each. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The free texts under `__metadata__`; where several files have the same key, the first one's. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The `metadata` of the index; empty without one. */
  readonly indexMetadata: Readonly<Record<string, unknown>>;
  readonly #places = new Map<string, Place>();
  readonly #files: WatchedFile[] = [];

  /** @internal openSafetensors makes one. */
  constructor(path: string) {
    const found = checkpointFiles(path);
    const metadata = new Map<string, string>();
    [this.path, this.metadata, this.indexMetadata] = [found.path, metadata, found.indexMetadata];
    try {
      for (const file of found.files)
        for (const [key, text] of this.#open(file).metadata) if (!metadata.has(key)) metadata.set(key, text);
      // All files are of the same moment: none was replaced before the last one was open.
      for (const file of this.#files) file.checkInPlace();
    } catch (error) {
      this.close();
      throw error;
    }
    this.tensors = new Map([...this.#places].map(([name, { info }]) => [name, info]));
  }

  /**
   * Reads a tensor, or rows of it. Where octavo has the element type, the result is a tensor as octavo's functions take them.
   * @throws ERR_RANGE for an unknown name, and rows that it does not have or that end within a byte; ERR_FILE if it cannot be
   *   read, needs more memory than there is, or the file has changed since it was opened
   */
  async read(name: string, options?: ReadOptions): Promise<TensorValues> {
    const place = this.#placeOf(name);
    const { rows } = checkOptions('options', options);
    const { dtype, type, dims } = place.info;
    const [begin, end] = this.#rowRange(place.info, rows);
    const data = elementArray(dtype, await this.#readRows(place, begin, end));
    return { dtype, type, dims: rows === undefined ? dims : [end - begin, ...dims.slice(1)], data };
  }

  /** As read, floats of any width as float32. Throws ERR_UNSUPPORTED for other types. */
  async readFloat32(name: string, options?: ReadOptions): Promise<Tensor<'float32'>> {
    const { dtype, dims, data } = await this.read(name, options);
    if (dtype === 'F32') return new Tensor('float32', data as Float32Array, dims);
    const floats = new Float32Array(countOf(dims) ?? 0);
    decodeFloats(dtype, data.buffer as ArrayBuffer, floats);
    return new Tensor('float32', floats, dims);
  }

  /** Reads a tensor window by window, in order. Throws as read does. */
  async *windows(name: string, options?: WindowOptions): AsyncGenerator<StoredWindow, void, undefined> {
    const { info } = this.#placeOf(name);
    const { rows, maxBytes = WINDOW_BYTES } = checkOptions('options', options);
    checkInteger('maxBytes', maxBytes, 1, 2 ** 31);
    const [begin, end] = this.#rowRange(info, rows);
    const { bits } = rowsOf(info);
    const step = bits % 8 === 0 ? 1 : 8; // rows that end with a byte
    const most = Math.max(step, Math.floor((8 * maxBytes) / Math.max(bits, 1) / step) * step);
    for (let row = begin; row < end; row += most) {
      const range = [row, Math.min(row + most, end)] as const;
      yield { ...(await this.read(name, { rows: range })), rows: range };
    }
  }

  /**
   * Fills `target` with a tensor's bytes from byte `begin` on: values as they lie in the file, little-endian.
   * @param target bytes of a plain ArrayBuffer; if they are transferred meanwhile, nothing is done with them
   * @throws ERR_DTYPE for another target; ERR_RANGE for an unknown name, or bytes beyond the tensor; ERR_FILE as read
   */
  async readInto(name: string, target: Uint8Array, begin = 0, owned?: Owned): Promise<void> {
    const { info, file, start } = this.#placeOf(name);
    if (!isDataOf('uint8', target)) reject('target', 'a Uint8Array', target, 'ERR_DTYPE');
    checkInteger('begin', begin, 0, info.bytes);
    const { length } = target;
    if (length > info.bytes - begin) reject('target', `at most ${info.bytes - begin} bytes long`, target, 'ERR_RANGE');
    if (owned === OWNED) return file.readInto(target, start + begin);
    const part = new Uint8Array(Math.min(COPY_BYTES, length));
    for (let done = 0; done < length; done += part.length) {
      const bytes = part.subarray(0, Math.min(part.length, length - done));
      await file.readInto(bytes, start + begin + done);
      if (target.length === length) target.set(bytes, done);
    }
  }

  /** Closes all files; reads in flight come to their end. */
  close(): void {
    for (const file of this.#files) file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open({ path, names }: CheckpointFile): PlacedHeader {
    const { file, head } = WatchedFile.open(path, readHeader);
    this.#files.push(file);
    for (const entry of head.entries) this.#add(entry, file, head.dataStart, names);
    for (const name of names ?? [])
      if (this.#places.get(name)?.file !== file)
        throw fileError(path, `does not hold tensor ${show(name)}, which the index says it does`);
    return head;
  }

  #add(entry: HeaderEntry, file: WatchedFile, dataStart: number, names: ReadonlySet<string> | undefined): void {
    const { name, element: dtype, dims, begin, end } = entry;
    if (names !== undefined && !names.has(name))
      throw fileError(file.path, `holds tensor ${show(name)}, which the index does not say is there`);
    const info = { name, dtype, type: dtypeOf(dtype), dims, bytes: end - begin, file: file.path };
    this.#places.set(name, { info, file, start: dataStart + begin });
  }

  #placeOf(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) reject('name', `a tensor of ${this.path}`, name, 'ERR_RANGE');
    return place;
  }

  #rowRange(info: TensorInfo, rows: ReadOptions['rows']): readonly [number, number] {
    const { count, bits } = rowsOf(info);
    if (rows === undefined) return [0, count];
    if (!Array.isArray(rows) || rows.length !== 2) reject('rows', 'two numbers [begin, end)', rows, 'ERR_DTYPE');
    const begin = checkInteger('rows[0]', rows[0], 0, count);
    const end = checkInteger('rows[1]', rows[1], begin, count);
    if ((begin * bits) % 8 !== 0 || (end * bits) % 8 !== 0)
      reject('rows', `multiples of 8 for ${info.dtype}, whose rows end within a byte`, rows, 'ERR_RANGE');
    return [begin, end];
  }

  async #readRows({ info, file, start }: Place, begin: number, end: number): Promise<ArrayBuffer> {
    const { bits } = rowsOf(info);
    const [from, bytes] = [(begin * bits) / 8, ((end - begin) * bits) / 8];
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(bytes);
    } catch (cause) {
      throw fileError(file.path, `not enough memory for ${bytes} bytes of tensor ${show(info.name)}`, cause);
    }
    await file.readInto(new Uint8Array(buffer), start + from);
    return buffer;
  }
}

/**
 * Opens a checkpoint in safetensors files and reads their headers. Who opens closes.
 *
 * @param path a file .safetensors of any size; an index (model.safetensors.index.json), whose files are read as one checkpoint;
 *   or a folder that holds one or the other
 * @throws ERR_DTYPE unless `path` is a string; ERR_FILE, naming the file and the fault, for files that cannot be read or break a
 *   rule of the format (header size, JSON, keys that come twice, element types, shapes against byte ranges, overlaps, holes,
 *   trailing bytes), and for an index that names files elsewhere or other tensors than its files hold
 */
export function openSafetensors(path: string): SafetensorsReader {
  return new SafetensorsReader(path);
}
