/// <reference lib="esnext.disposable" preserve="true" />
// Embeddings: rows of a quantized table, read by their numbers.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type RowTableHandle } from '../addon';
import {
  type LoadOptions,
  loadHandle,
  loadHandleAsync,
  openToken,
  type ShareToken,
  saveHandle,
  saveHandleAsync,
  shareHandle,
} from '../storage';
import type { TensorLike } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { checkContiguous } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, readTensorLike, Tensor } from '../tensor/tensor';
import { checkOptions } from '../validate';
import type { MethodResult, StoredWeights } from '../weights';
import { type LayerFormat, layerFormatOf } from './layer_params';
import type { LayerWeightFormat, LayerWeightOptions } from './layer_weights';
import type { LinearForwardOptions } from './linear';
import type { HalfType } from './packed_floats';
import { packTable } from './row_tables';

/** Numbers of rows: tokenizers give either type. A bare array has one dimension. */
export type RowIds = TensorLike<'int32' | 'int64'> | Int32Array | BigInt64Array;

/** A table [rows, dim]: floats of 32 or 16 bits, or weights that are quantized already. */
export type EmbeddingTable = TensorLike<'float32' | HalfType> | MethodResult | StoredWeights;

export interface EmbeddingOptions {
  /**
   * How rows are kept: options of quantizeWeight with a format, or the format's name; any group. Default: 'int8', a scale
   * for each row; 16-bit floats stay what they are. Absent for a table that is quantized already.
   */
  readonly weights?: LayerWeightFormat | LayerWeightOptions | undefined;
}

interface Prepared extends OutputForm<'float32'> {
  readonly ids: Int32Array | BigInt64Array;
  readonly out: unknown;
}

/**
 * Rows of a table by their numbers, as float32: for integers (q - zeroPoint) * scale, for nf4 and fp4 code * magnitude, rounded
 * once; for 16-bit floats their values. The same as dequantizeWeight gives, bit for bit.
 */
export class Embedding {
  readonly rows: number;
  readonly dim: number;
  /** How rows are kept: 'int4' stands for uint4 as well. */
  readonly weightFormat: LayerFormat;
  /** Values of a row that share a scale; 0 for floats, which have none. */
  readonly weightGroup: number;
  readonly #table: RowTableHandle;

  private constructor(table: RowTableHandle) {
    const found = addon.describeTable(table); // throws for anything but a table's handle
    this.rows = found.rows;
    this.dim = found.columns;
    this.weightFormat = layerFormatOf(found);
    this.weightGroup = found.weightGroup;
    this.#table = table;
  }

  /**
   * @param table [rows, dim]; not needed afterwards
   * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE as quantizeWeight; ERR_RANGE for floats that are not finite in 16 bits;
   *   ERR_UNSUPPORTED for results of 'awq' and 'hqq', whose rows need more than a scale
   */
  static from(table: EmbeddingTable, options?: EmbeddingOptions): Embedding {
    const { weights } = checkOptions('options', options);
    return new Embedding(packTable(table, weights));
  }

  /** As QuantizedLinear.open. */
  static open(token: ShareToken<'Embedding'>): Embedding {
    return new Embedding(openToken('Embedding', token) as RowTableHandle);
  }

  /** A token to send to other threads of this process, for Embedding.open. Keep this object until they have done so. */
  share(): ShareToken<'Embedding'> {
    return shareHandle('Embedding', this.#table);
  }

  /** As QuantizedLinear.load: with `mmap`, rows that nobody reads stay in the file. */
  static load(path: string, options?: LoadOptions): Embedding {
    return new Embedding(loadHandle('loadTable', path, options));
  }

  /** As load, off the event loop. */
  static async loadAsync(path: string, options?: LoadOptions & AsyncOptions): Promise<Embedding> {
    return new Embedding(await loadHandleAsync('loadTable', path, options));
  }

  /** Writes the table to a file; as QuantizedLinear.save. */
  save(path: string): void {
    saveHandle(this.#table, path);
  }

  /** As save, off the event loop. */
  async saveAsync(path: string, options?: AsyncOptions): Promise<void> {
    await saveHandleAsync(this.#table, path, options);
  }

  /**
   * @param ids numbers of rows, of any shape
   * @returns float32 [...ids, dim]
   * @throws ERR_RANGE for an id that is no row, naming it and its place; ERR_DTYPE, ERR_SHAPE, ERR_DISPOSED
   */
  forward(ids: RowIds, options?: LinearForwardOptions): Tensor<'float32'> {
    const call = this.#prepare(ids, options);
    const out = outputArray(call.out, call);
    addon.lookUpRows(call.ids, this.#table, out);
    return new Tensor('float32', out, call.dims, CHECKED);
  }

  /** As forward, computed off the event loop. The ids are copied before the call returns. */
  async forwardAsync(ids: RowIds, options?: LinearForwardOptions & AsyncOptions): Promise<Tensor<'float32'>> {
    const signal = signalOf(options);
    const call = this.#prepare(ids, options);
    checkOutput(call.out, call);
    const result = outputArray(undefined, call);
    await untilAborted(signal, () => addon.lookUpRowsAsync(call.ids, this.#table, result));
    return new Tensor('float32', deliver(call.out, result, call), call.dims, CHECKED);
  }

  /** Bytes of native memory. Throws ERR_DISPOSED after dispose(). */
  get byteLength(): number {
    return addon.handleBytes(this.#table);
  }

  /** Frees the native memory as soon as no call uses it; later use throws ERR_DISPOSED. */
  dispose(): void {
    addon.dispose(this.#table);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #prepare(given: RowIds, options: LinearForwardOptions | undefined): Prepared {
    const { out } = checkOptions('options', options);
    const bare = isDataOf('int32', given) || isDataOf('int64', given);
    const { data, dims } = bare ? { data: given, dims: [given.length] } : idsOf(given);
    const count = data.length * this.dim;
    return { type: 'float32', count, dims: Object.freeze([...dims, this.dim]), ids: data, out };
  }
}

function idsOf(given: unknown): TensorLike<'int32' | 'int64'> {
  const ids = readTensorLike<'int32' | 'int64'>('ids', given, ['int32', 'int64']);
  checkContiguous('ids', ids);
  return ids;
}
