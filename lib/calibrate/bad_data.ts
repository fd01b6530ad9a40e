// Data that cannot be calibrated on, told by tensor, sample and place.
import { type AnyOctavoError, isOctavoError, makeError } from '../errors';
import { show } from '../validate';

/** What messages call a tensor: `x`, or one with a name in the sample of a number. */
export type Label = string;

export function labelOf(tensor: string, sample: number): Label {
  return `tensor ${show(tensor)} of sample ${sample}`;
}

/** The error for the first NaN or infinity of `data`, which holds one. */
export function badValueError(label: Label, data: Float32Array, dims: readonly number[]): AnyOctavoError {
  const place = data.findIndex((value) => !Number.isFinite(value));
  const index = dims.map((dim, axis) => Math.floor(place / sizeOf(dims.slice(axis + 1))) % dim);
  const value = Object.is(data[place], Number.NaN) ? 'NaN' : String(data[place]);
  return makeError('ERR_RANGE', `${label} is ${value} at [${index.join(', ')}], expected finite values`);
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Puts a name before the message of an error. */
export function naming<Result>(name: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (!isOctavoError(error)) throw error;
    throw makeError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
