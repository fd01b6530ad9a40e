// The element types of safetensors files: their sizes, the arrays that hold them, and which of octavo's dtypes they are.
import type { DType } from '../tensor';

interface ElementType {
  /** Of one value. */
  readonly bits: number;
  /** The dtype of the same values, where octavo has one. */
  readonly dtype?: DType;
  readonly array: (buffer: ArrayBuffer) => ElementArray;
}

/** What holds values as a file has them: half floats and 8-bit floats as their bits, narrower ones as packed bytes. */
export type ElementArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

const bytes = (buffer: ArrayBuffer) => new Uint8Array(buffer);
const words = (buffer: ArrayBuffer) => new Uint16Array(buffer);

/** In the order of the format's own list; C64 are pairs of float32, real part first. */
const TABLE = {
  BOOL: { bits: 8, dtype: 'bool', array: bytes },
  F4: { bits: 4, array: bytes },
  F6_E2M3: { bits: 6, array: bytes },
  F6_E3M2: { bits: 6, array: bytes },
  U8: { bits: 8, dtype: 'uint8', array: bytes },
  I8: { bits: 8, dtype: 'int8', array: (buffer) => new Int8Array(buffer) },
  F8_E5M2: { bits: 8, array: bytes },
  F8_E4M3: { bits: 8, array: bytes },
  F8_E8M0: { bits: 8, array: bytes },
  F8_E4M3FNUZ: { bits: 8, array: bytes },
  F8_E5M2FNUZ: { bits: 8, array: bytes },
  I16: { bits: 16, dtype: 'int16', array: (buffer) => new Int16Array(buffer) },
  U16: { bits: 16, dtype: 'uint16', array: words },
  F16: { bits: 16, dtype: 'float16', array: words },
  BF16: { bits: 16, dtype: 'bfloat16', array: words },
  I32: { bits: 32, dtype: 'int32', array: (buffer) => new Int32Array(buffer) },
  U32: { bits: 32, array: (buffer) => new Uint32Array(buffer) },
  F32: { bits: 32, dtype: 'float32', array: (buffer) => new Float32Array(buffer) },
  C64: { bits: 64, array: (buffer) => new Float32Array(buffer) },
  F64: { bits: 64, array: (buffer) => new Float64Array(buffer) },
  I64: { bits: 64, dtype: 'int64', array: (buffer) => new BigInt64Array(buffer) },
  U64: { bits: 64, array: (buffer) => new BigUint64Array(buffer) },
} as const satisfies Record<string, ElementType>;

/** An element type by the format's own name. */
export type ElementName = keyof typeof TABLE;

type WithDType = { [Name in ElementName]: (typeof TABLE)[Name] extends { dtype: infer T } ? T : never };

/** A dtype of octavo that a safetensors file can hold. */
export type StoredDType = WithDType[ElementName];

export const ELEMENT_NAMES = Object.keys(TABLE) as readonly ElementName[];

export function isElementName(name: unknown): name is ElementName {
  return typeof name === 'string' && Object.hasOwn(TABLE, name);
}

export function elementBits(name: ElementName): number {
  return TABLE[name].bits;
}

/** The values in a buffer of their own, which begins with them. */
export function elementArray(name: ElementName, buffer: ArrayBuffer): ElementArray {
  return TABLE[name].array(buffer);
}

/** The dtype of a format name such as "F32"; undefined for those that octavo has none for. */
export function dtypeOf(name: ElementName): StoredDType | undefined {
  const row: ElementType = TABLE[name];
  return row.dtype as StoredDType | undefined;
}

/** The format name of a dtype; undefined for those that the format does not have (4-bit types). */
export function elementNameOf(type: DType): ElementName | undefined {
  return ELEMENT_NAMES.find((name) => dtypeOf(name) === type);
}

/** Every dtype of octavo that the format has. */
export const STORED_DTYPES = ELEMENT_NAMES.map(dtypeOf).filter((type): type is StoredDType => type !== undefined);
