// The element codes of the IDX format (the third byte of a file) and the arrays that hold them.

interface IdxArrays {
  uint8: Uint8Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  float32: Float32Array;
  float64: Float64Array;
}

export type IdxType = keyof IdxArrays;
export type IdxData = IdxArrays[IdxType];

/** The content of an IDX file: row-major values of `dims`. */
export interface IdxArray {
  readonly type: IdxType;
  readonly dims: readonly number[];
  readonly data: IdxData;
}

interface ElementCode {
  readonly type: IdxType;
  readonly code: number;
  readonly bytes: 1 | 2 | 4 | 8;
  /** Views native-endian bytes, aligned to the element size. */
  readonly view: (buffer: ArrayBuffer) => IdxData;
}

const TABLE: readonly ElementCode[] = [
  { type: 'uint8', code: 0x08, bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  { type: 'int8', code: 0x09, bytes: 1, view: (buffer) => new Int8Array(buffer) },
  { type: 'int16', code: 0x0b, bytes: 2, view: (buffer) => new Int16Array(buffer) },
  { type: 'int32', code: 0x0c, bytes: 4, view: (buffer) => new Int32Array(buffer) },
  { type: 'float32', code: 0x0d, bytes: 4, view: (buffer) => new Float32Array(buffer) },
  { type: 'float64', code: 0x0e, bytes: 8, view: (buffer) => new Float64Array(buffer) },
];

export function elementOfCode(code: number): ElementCode | undefined {
  return TABLE.find((row) => row.code === code);
}

export function elementOfType(type: unknown): ElementCode | undefined {
  return TABLE.find((row) => row.type === type);
}

/** Swaps big-endian bytes to the order of this machine, or back, in place. Every machine that Node's addons run on is little-endian. */
export function swapBytes(bytes: Buffer, elementBytes: 1 | 2 | 4 | 8): void {
  if (elementBytes === 2) bytes.swap16();
  if (elementBytes === 4) bytes.swap32();
  if (elementBytes === 8) bytes.swap64();
}
