// The arrays that results go to: the caller's, checked, or new ones.
import { makeError } from '../errors';
import { reject } from '../validate';
import { arrayName, type DataOf, type DType, elementsFor, isDataOf } from './dtype';
import { allocateOrThrow } from './tensor';

/** What a result is: its element type, the number of its values, and the dims that they have. */
export interface OutputForm<T extends DType> {
  readonly type: T;
  readonly count: number;
  readonly dims: readonly number[];
}

/** The caller's array if it fits, or a new one if there is none. Throws ERR_DTYPE, ERR_SHAPE. */
export function outputArray<T extends DType>(out: unknown, { type, count, dims }: OutputForm<T>): DataOf<T> {
  if (out === undefined) return allocateOrThrow(type, count, dims);
  if (!isDataOf(type, out)) reject('out', `a ${arrayName(type)} for ${type}`, out, 'ERR_DTYPE');
  const length = elementsFor(type, count);
  if (out.length !== length)
    throw makeError('ERR_SHAPE', `out must have length ${length} for [${dims.join(', ')}], got ${out.length}`);
  return out;
}

/**
 * The caller's array, checked before an asynchronous call is queued: throws as outputArray, and as native code does for
 * shared memory when it writes into the array itself.
 */
export function checkOutput(out: unknown, form: OutputForm<DType>): void {
  if (out === undefined) return;
  if (outputArray(out, form).buffer instanceof SharedArrayBuffer)
    throw makeError('ERR_DTYPE', 'out must not lie in a SharedArrayBuffer: other threads could change it');
}

/** A finished result in the caller's array, which is checked again: it may have been detached since. Or the result. */
export function deliver<T extends DType>(out: unknown, result: DataOf<T>, form: OutputForm<T>): DataOf<T> {
  if (out === undefined) return result;
  const target = outputArray(out, form);
  if (form.count > 0) (target as { set(values: DataOf<T>): void }).set(result);
  return target;
}
