// The methods that choose a range from a sketch.
import { isObject, reject } from '../../validate';

/**
 * - `minmax`: from the smallest to the largest value.
 * - `{ percentile }`: the part of the values, in percent, that stays within the range.
 * - `entropy`: the clip whose quantized distribution is nearest by Kullback-Leibler divergence.
 * - `mse`: the range with the least expected squared error.
 */
export type SingleMethod = 'minmax' | 'entropy' | 'mse' | { readonly percentile: number };

/** `auto`: of AUTO_METHODS the one with the least expected squared error. */
export type Method = SingleMethod | 'auto';

/** What `auto` chooses from. Of equals the first wins. */
export const AUTO_METHODS: readonly SingleMethod[] = [
  'minmax',
  { percentile: 99.999 },
  { percentile: 99.99 },
  { percentile: 99.9 },
  'entropy',
  'mse',
];

/** Throws ERR_DTYPE or ERR_RANGE unless `value` is a method. */
export function checkMethod(name: string, value: unknown): Method {
  if (value === 'minmax' || value === 'entropy' || value === 'mse' || value === 'auto') return value;
  if (isObject(value) && 'percentile' in value)
    return { percentile: checkPercentile(`${name}.percentile`, value.percentile) };
  return reject(name, "'minmax', 'entropy', 'mse', 'auto' or { percentile }", value, 'ERR_RANGE');
}

function checkPercentile(name: string, value: unknown): number {
  if (typeof value !== 'number') reject(name, 'a number', value, 'ERR_DTYPE');
  if (!(value > 0 && value <= 100)) reject(name, 'above 0 and at most 100', value, 'ERR_RANGE');
  return value;
}

/** A method in words, such as "percentile 99.99". */
export function methodName(method: Method): string {
  return typeof method === 'string' ? method : `percentile ${method.percentile}`;
}
