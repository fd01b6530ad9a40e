// The one table of element types: name, typed array, values per array element.
import { reject } from '../validate';

/** Element type → the typed array that holds it. 4-bit types hold two values a byte. */
export interface DTypeMap {
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  int4: Uint8Array;
  uint4: Uint8Array;
  nf4: Uint8Array;
  fp4: Uint8Array;
}

export type DType = keyof DTypeMap;
export type DataOf<T extends DType> = DTypeMap[T];
export type TypedArray = DTypeMap[DType];

interface TypedArrayClass {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TypedArray;
}

interface DTypeRow {
  readonly array: TypedArrayClass;
  /** The class's name, which takes longer to ask for than to keep. */
  readonly arrayName: string;
  readonly valuesPerElement: 1 | 2;
}

const row = (array: unknown, valuesPerElement: 1 | 2 = 1): DTypeRow => ({
  array: array as TypedArrayClass,
  arrayName: (array as TypedArrayClass).name,
  valuesPerElement,
});

const TABLE: { readonly [T in DType]: DTypeRow } = {
  float32: row(Float32Array),
  float16: row(Uint16Array),
  bfloat16: row(Uint16Array),
  int8: row(Int8Array),
  uint8: row(Uint8Array),
  int16: row(Int16Array),
  uint16: row(Uint16Array),
  int32: row(Int32Array),
  int64: row(BigInt64Array),
  bool: row(Uint8Array),
  int4: row(Uint8Array, 2),
  uint4: row(Uint8Array, 2),
  nf4: row(Uint8Array, 2),
  fp4: row(Uint8Array, 2),
};

/** Every element type's name. */
export const DTYPES = Object.keys(TABLE) as readonly DType[];

// float16 data may be a Float16Array where the runtime has one: same bits as the Uint16Array.
export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(TABLE, value);
}

/** Throws ERR_DTYPE unless `value` names an element type. */
export function checkDType(name: string, value: unknown): DType {
  if (!isDType(value)) reject(name, `an element type (${DTYPES.join(', ')})`, value, 'ERR_DTYPE');
  return value;
}

/** The array length that holds `count` values of `type`. */
export function elementsFor(type: DType, count: number): number {
  return Math.ceil(count / TABLE[type].valuesPerElement);
}

export function bytesPerElement(type: DType): number {
  return TABLE[type].array.BYTES_PER_ELEMENT;
}

export function allocate<T extends DType>(type: T, count: number): DataOf<T> {
  return new TABLE[type].array(elementsFor(type, count)) as DataOf<T>;
}

// What every typed array has behind its prototype, whichever realm made it; other objects have none.
const typedArrayPrototype = Object.getPrototypeOf(Int8Array.prototype) as object;
const getterOf = (key: string | symbol) => Object.getOwnPropertyDescriptor(typedArrayPrototype, key)?.get;
const className = getterOf(Symbol.toStringTag) as (this: unknown) => string | undefined;
const trueLength = getterOf('length') as (this: unknown) => number;

/**
 * True if `data` is the kind of typed array that `type` asks for. An object that only has its prototype is none, and
 * neither is one whose `length` hides the true one.
 */
export function isDataOf<T extends DType>(type: T, data: unknown): data is DataOf<T> {
  const name = className.call(data);
  const fits = name === TABLE[type].arrayName || (type === 'float16' && name === 'Float16Array');
  return fits && (data as TypedArray).length === trueLength.call(data);
}

/** The name of the typed array class of `type`, for messages. */
export function arrayName(type: DType): string {
  return TABLE[type].arrayName;
}

/** Array classes that stand for one type only; the others are ambiguous. */
const INFERRED: Record<string, DType> = {
  Float32Array: 'float32',
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Int16Array: 'int16',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
};

/** The type that a plain typed array stands for when none is named; undefined where that is ambiguous. */
export function inferDType(data: unknown): DType | undefined {
  return INFERRED[className.call(data) ?? ''];
}
