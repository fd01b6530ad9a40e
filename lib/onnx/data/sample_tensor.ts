// Values on their way from a file or a user's code to an input of a model: of the input's type, or refused by name.
import { onnxError } from '../errors';
import { decode, encode } from '../evaluate/numbers';
import {
  allocateArray,
  bitsOf,
  type ElementArray,
  type ElementType,
  type NumericType,
  type TensorValue,
} from '../model';

/** What messages say of a value: where it comes from, for which input, and which sample it belongs to. */
export interface SamplePlace {
  /** A file, or 'module' and the like. */
  readonly source: string;
  readonly input: string;
  readonly sample: number;
}

export function sampleError(place: SamplePlace, fault: string, hint?: string): Error {
  const { source, input, sample } = place;
  return onnxError('ERR_RANGE', `${source}: sample ${sample} of input '${input}' ${fault}`, {
    tensor: input,
    sample,
    hint,
  });
}

const isFloat = (type: ElementType): boolean => type.startsWith('float') || type === 'bfloat16';

/** The smallest and largest integer of a type. */
function boundsOf(type: NumericType): [bigint, bigint] {
  if (type === 'bool') return [0n, 1n];
  const bits = BigInt(bitsOf(type));
  return type.startsWith('u') ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}

function integersIn(place: SamplePlace, from: ElementArray, type: NumericType): ElementArray {
  const [low, high] = boundsOf(type);
  const big = type === 'int64' || type === 'uint64';
  const target = bitsOf(type) < 8 ? new Int16Array(from.length) : allocateArray(type, from.length);
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    const integer = typeof value === 'bigint' || Number.isInteger(value);
    if (!integer || value < low || value > high)
      throw sampleError(
        place,
        `is ${value} at place ${i}, which is no ${type}: expected integers from ${low} to ${high}`,
      );
    target[i] = big ? BigInt(value) : Number(value);
  }
  return target;
}

/**
 * The tensor in the type of an input: integers as floats, floats rounded to the wider or narrower type, integers and
 * whole floats as integers.
 * @throws ERR_RANGE, naming the place, for values that an integer type cannot hold, and between strings and numbers
 */
export function castTo(value: TensorValue, type: ElementType, place: SamplePlace): TensorValue {
  if (value.type === type) return value;
  if (value.type === 'string' || type === 'string') throw sampleError(place, `holds ${value.type}, expected ${type}`);
  const { dims } = value;
  const values = decode(value);
  if (!isFloat(type)) return encode(type, dims, integersIn(place, values, type));
  const big = values instanceof BigInt64Array || values instanceof BigUint64Array;
  const numbers = big ? Float64Array.from(values, Number) : values;
  return encode(type, dims, type === 'float64' ? Float64Array.from(numbers) : Float32Array.from(numbers));
}
