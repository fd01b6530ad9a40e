// ONNX element types: their numbers in TensorProto.DataType, how wide a value is, and the typed array that holds them.

interface ElementRow {
  /** TensorProto.DataType. */
  readonly code: number;
  readonly bits: number;
  readonly array: ElementArrayClass;
}

export type ElementArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array;

interface ElementArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): ElementArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ElementArray;
}

const row = (code: number, bits: number, array: unknown): ElementRow => ({
  code,
  bits,
  array: array as ElementArrayClass,
});

const TABLE = {
  float32: row(1, 32, Float32Array),
  uint8: row(2, 8, Uint8Array),
  int8: row(3, 8, Int8Array),
  uint16: row(4, 16, Uint16Array),
  int16: row(5, 16, Int16Array),
  int32: row(6, 32, Int32Array),
  int64: row(7, 64, BigInt64Array),
  bool: row(9, 8, Uint8Array),
  float16: row(10, 16, Uint16Array),
  float64: row(11, 64, Float64Array),
  uint32: row(12, 32, Uint32Array),
  uint64: row(13, 64, BigUint64Array),
  complex64: row(14, 64, Float32Array),
  complex128: row(15, 128, Float64Array),
  bfloat16: row(16, 16, Uint16Array),
  float8e4m3fn: row(17, 8, Uint8Array),
  float8e4m3fnuz: row(18, 8, Uint8Array),
  float8e5m2: row(19, 8, Uint8Array),
  float8e5m2fnuz: row(20, 8, Uint8Array),
  uint4: row(21, 4, Uint8Array),
  int4: row(22, 4, Uint8Array),
  float4e2m1: row(23, 4, Uint8Array),
  float8e8m0: row(24, 8, Uint8Array),
  uint2: row(25, 2, Uint8Array),
  int2: row(26, 2, Uint8Array),
} as const;

/** Element types with values of a fixed width. Types of 4 and 2 bits lie in bytes, the first value lowest. */
export type NumericType = keyof typeof TABLE;
export type ElementType = NumericType | 'string';

const STRING_CODE = 8;
const BY_CODE = new Map<number, ElementType>([
  ...Object.entries(TABLE).map(([name, { code }]) => [code, name as NumericType] as const),
  [STRING_CODE, 'string'],
]);

/** The type of a TensorProto.DataType; undefined for numbers that stand for none known here. */
export function elementTypeOf(code: number): ElementType | undefined {
  return BY_CODE.get(code);
}

export function codeOf(type: ElementType): number {
  return type === 'string' ? STRING_CODE : TABLE[type].code;
}

/** Bits of one value: 2 to 128. */
export function bitsOf(type: NumericType): number {
  return TABLE[type].bits;
}

/** Bytes of `count` values as they lie in raw_data. */
export function byteLengthOf(type: NumericType, count: number): number {
  return Math.ceil((count * TABLE[type].bits) / 8);
}

/** A zeroed array for `count` values. */
export function allocateArray(type: NumericType, count: number): ElementArray {
  const { array } = TABLE[type];
  return new array(byteLengthOf(type, count) / array.BYTES_PER_ELEMENT);
}

/** The values that little-endian bytes stand for: a view where they are aligned, else a copy. */
export function arrayOver(type: NumericType, bytes: Uint8Array): ElementArray {
  const { array } = TABLE[type];
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes); // slice() of a Buffer would not copy
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / array.BYTES_PER_ELEMENT);
}
