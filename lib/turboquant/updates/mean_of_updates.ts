// The mean of clients' updates.
import { makeError } from '../../errors';
import { checkInteger, checkOptions, isObject, reject, show } from '../../validate';
import { Codes } from '../codec/codes';
import { addUpdate } from './encode_update';

export interface MeanOptions {
  /** What each update counts for, such as the number of its client's samples: finite, 0 or more, not all 0. Default 1 each. */
  readonly weights?: readonly number[] | undefined;
}

/**
 * The mean of updates of `length` values: sum of weight · update over the sum of weights, summed in double in the order in which they
 * come. Updates may differ in their bits and vectors, and come one by one from a generator: one at a time is decoded.
 * @throws ERR_DTYPE, ERR_SHAPE; ERR_RANGE for no updates, for two with the same seed (their errors would not be independent), for
 *   weights out of range and for other scales than `unbiased`
 */
export function meanOfUpdates(updates: Iterable<Codes>, length: number, options?: MeanOptions): Float32Array {
  const { weights } = checkOptions('options', options);
  if (weights !== undefined && !Array.isArray(weights)) reject('weights', 'an array of numbers', weights, 'ERR_DTYPE');
  const sum = new Float64Array(checkInteger('length', length, 0, 2 ** 32));
  const seeds = new Set<bigint>();
  let [count, total] = [0, 0];
  for (const update of iterated(updates)) {
    if (!(update instanceof Codes)) reject(`updates[${count}]`, 'Codes', update, 'ERR_DTYPE');
    if (seeds.has(update.format.seed))
      throw makeError('ERR_RANGE', `updates must have seeds of their own, two have ${update.format.seed}`);
    seeds.add(update.format.seed);
    const weight = weights === undefined ? 1 : checkWeight(weights[count], count);
    addUpdate(sum, update, weight);
    total += weight;
    count++;
  }
  if (weights !== undefined && weights.length !== count)
    throw makeError('ERR_SHAPE', `weights must have one for each of ${count} updates, got ${weights.length}`);
  if (!(total > 0)) throw makeError('ERR_RANGE', 'a mean needs an update whose weight is greater than 0');
  return Float32Array.from(sum, (value) => value / total);
}

/** `updates`, once; throws ERR_DTYPE for what cannot be iterated. */
function iterated(updates: unknown): Iterable<unknown> {
  if (!isObject(updates)) reject('updates', 'an iterable of Codes', updates, 'ERR_DTYPE');
  try {
    const iterator = (updates as unknown as Iterable<unknown>)[Symbol.iterator]();
    return { [Symbol.iterator]: () => iterator };
  } catch (cause) {
    throw makeError('ERR_DTYPE', `updates must be an iterable of Codes, got ${show(updates)}`, { cause });
  }
}

function checkWeight(weight: unknown, at: number): number {
  if (typeof weight !== 'number') reject(`weights[${at}]`, 'a number', weight, 'ERR_DTYPE');
  if (!(weight >= 0 && weight <= Number.MAX_SAFE_INTEGER))
    reject(`weights[${at}]`, 'from 0 to 2^53 - 1', weight, 'ERR_RANGE');
  return weight;
}
