// What a source of calibration data gives: named tensors.
import { types } from 'node:util';
import type { TensorLike } from '../tensor';
import { isObject, reject } from '../validate';

/** The tensors of one sample or batch, by name; a Map is as good. */
export type Sample = Readonly<Record<string, TensorLike<'float32'>>> | ReadonlyMap<string, TensorLike<'float32'>>;

/** The tensors of a sample. Throws ERR_DTYPE for what is none. */
export function tensorsOf(sample: Sample, index: number): ReadonlyMap<string, TensorLike<'float32'>> {
  const name = `sample ${index}`;
  if (!isObject(sample) || ArrayBuffer.isView(sample) || 'dims' in sample)
    reject(name, 'an object of tensors by name', sample, 'ERR_DTYPE');
  const tensors = new Map<string, TensorLike<'float32'>>();
  // Only what really is a Map can be asked for its entries: a proxy of one cannot.
  const entries: Iterable<[unknown, unknown]> = types.isMap(sample)
    ? Map.prototype.entries.call(sample)
    : Object.entries(sample);
  for (const [key, tensor] of entries) {
    if (typeof key !== 'string') reject(`a name in ${name}`, 'a string', key, 'ERR_DTYPE');
    tensors.set(key, tensor as TensorLike<'float32'>);
  }
  return tensors;
}
