// The element types of data files, and how their bytes become float32.
import { swapBytes } from '../idx/element_codes';
import { valuesOf } from '../tensor/small_floats';

interface Element {
  readonly bytes: 1 | 2 | 4 | 8;
  /** Integers are multiplied with a scale; floating-point values are not. */
  readonly integer: boolean;
  /** Reads values in the order of this machine. */
  readonly decode: (buffer: ArrayBuffer, scale: number) => Float32Array;
}

interface Numbers {
  readonly length: number;
  readonly [index: number]: number;
}

type NumbersClass = new (buffer: ArrayBuffer) => Numbers;

const integers = (bytes: 1 | 2 | 4, Class: NumbersClass): Element => ({
  bytes,
  integer: true,
  decode: (buffer, scale) => scaled(new Class(buffer), scale),
});

const bigIntegers = (Class: new (buffer: ArrayBuffer) => BigInt64Array | BigUint64Array): Element => ({
  bytes: 8,
  integer: true,
  decode: (buffer, scale) => scaled(Float64Array.from(new Class(buffer) as Iterable<bigint>, Number), scale),
});

const ELEMENTS = {
  float16: {
    bytes: 2,
    integer: false,
    decode: (buffer) => Float32Array.from(new Uint16Array(buffer), (bits) => valuesOf('float16')[bits]!),
  },
  bfloat16: {
    bytes: 2,
    integer: false,
    decode: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  },
  float32: { bytes: 4, integer: false, decode: (buffer) => new Float32Array(buffer) },
  float64: { bytes: 8, integer: false, decode: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  int8: integers(1, Int8Array),
  uint8: integers(1, Uint8Array),
  int16: integers(2, Int16Array),
  uint16: integers(2, Uint16Array),
  int32: integers(4, Int32Array),
  uint32: integers(4, Uint32Array),
  int64: bigIntegers(BigInt64Array),
  uint64: bigIntegers(BigUint64Array),
  bool: integers(1, Uint8Array),
} as const satisfies Record<string, Element>;

/** An element type of a data file. */
export type ElementType = keyof typeof ELEMENTS;

export function isElementType(name: unknown): name is ElementType {
  return typeof name === 'string' && Object.hasOwn(ELEMENTS, name);
}

export function elementBytes(type: ElementType): 1 | 2 | 4 | 8 {
  return ELEMENTS[type].bytes;
}

/** How values are stored, and what integers are multiplied with. */
export interface Encoding {
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly scale: number;
}

/**
 * Values as float32, rounded to nearest; float64 values beyond float32 become infinite. `bytes` may be changed, and the
 * result may lie in them.
 * @param bytes all of its buffer, a whole number of elements
 */
export function decodeFloat32(bytes: Uint8Array<ArrayBuffer>, { type, bigEndian, scale }: Encoding): Float32Array {
  const element: Element = ELEMENTS[type];
  if (bigEndian) swapBytes(Buffer.from(bytes.buffer), element.bytes);
  return element.decode(bytes.buffer, scale);
}

function scaled(values: Numbers, scale: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < result.length; i++) result[i] = values[i]! * scale;
  return result;
}
