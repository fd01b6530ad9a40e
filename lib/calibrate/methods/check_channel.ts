// What is handed in as a channel of a sketch, checked.
import { types } from 'node:util';
import { makeError } from '../../errors';
import { checkInteger, isObject, reject } from '../../validate';
import { checkBins, type SketchChannel } from '../sketch_words';

/** A channel whose numbers fit together, each property read once. Throws ERR_DTYPE, ERR_RANGE. */
export function checkChannel(name: string, value: unknown): SketchChannel {
  if (!isObject(value)) reject(name, 'a channel of a sketch', value, 'ERR_DTYPE');
  const { count, nanCount, infinityCount, min, max, sum, sumOfSquares, exponent, counts } =
    value as unknown as SketchChannel;
  if (!types.isBigUint64Array(counts)) reject(`${name}.counts`, 'a BigUint64Array', counts, 'ERR_DTYPE');
  checkBins(`${name}.counts.length`, counts.length);
  for (const number of [min, max, sum, sumOfSquares])
    if (typeof number !== 'number' || Number.isNaN(number))
      reject(`${name}.min, max, sum and sumOfSquares`, 'numbers', number, 'ERR_DTYPE');
  if (exponent !== null) checkInteger(`${name}.exponent`, exponent, -148, 128);
  const limit = exponent === null ? 2 ** -149 : 2 ** exponent;
  if (min <= max && Math.max(-min, max) >= limit)
    throw makeError('ERR_RANGE', `${name} has values of [${min}, ${max}] beyond its histogram's ${limit}`);
  return { count, nanCount, infinityCount, min, max, sum, sumOfSquares, exponent, counts };
}
