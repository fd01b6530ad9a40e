// What a source of calibration data gives: named tensors.
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { isObject, reject } from '../validate';

/** The tensors of one sample or batch, by name; a Map is as good. */
export type Sample =
  | Readonly<Record<string, TensorLike<'float32'>>>
  | Iterable<readonly [name: string, tensor: TensorLike<'float32'>]>;

/** The tensors of a sample. Throws ERR_DTYPE for what is none, ERR_SHAPE for a name that comes twice or an empty sample. */
export function tensorsOf(sample: Sample, index: number): ReadonlyMap<string, TensorLike<'float32'>> {
  const name = `sample ${index}`;
  if (!isObject(sample) || ArrayBuffer.isView(sample) || 'dims' in sample)
    reject(name, 'an object of tensors by name', sample, 'ERR_DTYPE');
  const tensors = new Map<string, TensorLike<'float32'>>();
  const entries: Iterable<unknown> = isIterable(sample) ? sample : Object.entries(sample);
  for (const entry of entries) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string')
      reject(`an entry of ${name}`, 'a pair of name and tensor', entry, 'ERR_DTYPE');
    if (tensors.has(entry[0])) throw makeError('ERR_SHAPE', `${name} has two tensors ${JSON.stringify(entry[0])}`);
    tensors.set(entry[0], entry[1] as TensorLike<'float32'>);
  }
  return tensors;
}

function isIterable(sample: Sample): sample is Extract<Sample, Iterable<unknown>> {
  return Symbol.iterator in sample;
}
