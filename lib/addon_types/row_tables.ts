// Tables of embeddings, as the addon takes and gives them.
declare const handle: unique symbol;
/** Rows of quantized values, owned by native memory. */
export interface RowTableHandle {
  readonly [handle]: 'rowTable';
}

/** [rows, columns] of 4 or 8 bits, one value a byte, from which `shift` is subtracted; scales and zero points [rows, groups]. */
type IntegerRows = [
  values: Int8Array | Uint8Array,
  scales: Float32Array,
  zeroPoints: Int8Array,
  rows: number,
  columns: number,
  group: number,
  bits: 4 | 8,
  shift: number,
];

export interface RowTablePacking {
  packIntegerRows(...source: IntegerRows): RowTableHandle;
  /** As packLut4. */
  packCodebookRows(
    codes: Uint8Array,
    table: Float32Array,
    absmax: Float32Array,
    rows: number,
    columns: number,
    block: number,
  ): RowTableHandle;
  packHalfRows(bits: Uint16Array, rows: number, columns: number, bfloat16: boolean): RowTableHandle;
}

export interface RowTableDescription {
  rows: number;
  columns: number;
  weightFormat: 'int8' | 'int4' | 'lut4' | 'float16' | 'bfloat16';
  /** Values of a row that share a scale; 0 where there are no scales. */
  weightGroup: number;
  /** The 16 values of lut4; else zeros. */
  weightTable: Float32Array;
}

export interface RowTableOperations<Result> {
  /** out[i] = row ids[i] as float32. Throws ERR_RANGE for an id that is no row. */
  lookUpRows(ids: Int32Array | BigInt64Array, table: RowTableHandle, out: Float32Array): Result;
}
