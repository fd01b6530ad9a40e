// Values of tensors as arrays to compute with, and back.

import { bitsOfNumber, isSmallFloat, valuesOf } from '../../../tensor/small_floats';
import { productOf } from '../../../tensor/tensor';
import { onnxError } from '../../errors';
import {
  allocateArray,
  bitsOf,
  byteLengthOf,
  type ElementArray,
  type NumericType,
  type TensorValue,
} from '../../model';
import { packBits, unpackBits } from './sub_bytes';

/** Arrays of numbers; int64 and uint64 are the only others. */
export type NumberArray = Exclude<ElementArray, BigInt64Array | BigUint64Array>;
export type FloatArray = Float32Array | Float64Array;

/** The most bytes that a tensor may take: a model's dims are not trusted with all memory. */
const MOST_BYTES = 2 ** 31;

/** The number of values. Throws ERR_SHAPE for a tensor beyond what is computed here, also for one that is empty by a 0 alone. */
export function checkSize(type: NumericType, dims: readonly number[]): number {
  const possible = dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  const larger = productOf(dims.map((dim) => Math.max(dim, 1)));
  if (!possible || !(byteLengthOf(type, larger) <= MOST_BYTES))
    throw onnxError('ERR_SHAPE', `${type} [${dims.join(', ')}] is no tensor that can be computed here`);
  return productOf(dims);
}

/** Bits below 8 of an integer type, or undefined. */
function subByteBits(type: NumericType): 2 | 4 | undefined {
  const bits = bitsOf(type);
  return bits === 2 || bits === 4 ? bits : undefined;
}

export function numericType(value: TensorValue): NumericType {
  if (value.type === 'string')
    throw onnxError('ERR_UNSUPPORTED', 'tensors of strings are not computed with: expected numbers');
  return value.type;
}

/** One element for each value: small floats as float32, 4-bit and 2-bit integers as 8-bit ones, all others as they lie. */
export function decode(value: TensorValue): ElementArray {
  const type = numericType(value);
  const data = value.data as ElementArray;
  const bits = subByteBits(type);
  if (isSmallFloat(type)) {
    const table = valuesOf(type);
    const codes = bits === undefined ? data : unpackBits(data as Uint8Array, productOf(value.dims), bits, false);
    const out = new Float32Array(codes.length);
    for (let i = 0; i < out.length; i++) out[i] = table[codes[i] as number]!;
    return out;
  }
  if (bits === undefined) return data;
  return unpackBits(data as Uint8Array, productOf(value.dims), bits, type === 'int4' || type === 'int2');
}

/** A zeroed array to compute values of a type in. Throws ERR_SHAPE for more than can be. */
export function scratch(type: NumericType, dims: readonly number[]): ElementArray {
  const computed = isSmallFloat(type) ? 'float32' : subByteBits(type) === undefined ? type : signedByte(type);
  const count = checkSize(computed, dims);
  try {
    return allocateArray(computed, count);
  } catch (cause) {
    throw onnxError('ERR_SHAPE', `cannot allocate ${type} [${dims.join(', ')}]`, { cause });
  }
}

const signedByte = (type: NumericType): NumericType => (type === 'int4' || type === 'int2' ? 'int8' : 'uint8');

/** The tensor whose values were computed in an array of scratch(). */
export function encode(type: NumericType, dims: readonly number[], array: ElementArray): TensorValue {
  const bits = subByteBits(type);
  if (isSmallFloat(type)) {
    const codes =
      type === 'float16' || type === 'bfloat16' ? new Uint16Array(array.length) : new Uint8Array(array.length);
    for (let i = 0; i < codes.length; i++) codes[i] = bitsOfNumber(type, array[i] as number, false);
    return { type, dims, data: bits === undefined ? codes : packBits(codes, bits) };
  }
  return { type, dims, data: bits === undefined ? array : packBits(array as NumberArray, bits) };
}

/** The values as numbers; int64 values beyond 2^53 are rounded. */
export function numbersOf(value: TensorValue): NumberArray {
  const array = decode(value);
  return array instanceof BigInt64Array || array instanceof BigUint64Array ? Float64Array.from(array, Number) : array;
}

/** The values as float32, or float64 where they are that. */
export function floatsOfValue(value: TensorValue): FloatArray {
  const array = numbersOf(value);
  return array instanceof Float32Array || array instanceof Float64Array ? array : Float32Array.from(array);
}

/** The values as integers limited to ±(2^53 - 1), as shapes and axes have them. */
export function integersOf(value: TensorValue): number[] {
  const limit = Number.MAX_SAFE_INTEGER;
  return Array.from(numbersOf(value), (one) => Math.min(Math.max(one, -limit), limit));
}

export const int64 = (dims: readonly number[], values: readonly number[]): TensorValue => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
});

export const float32 = (dims: readonly number[], data: Float32Array): TensorValue => ({ type: 'float32', dims, data });

export const bool = (dims: readonly number[], data: Uint8Array): TensorValue => ({ type: 'bool', dims, data });
