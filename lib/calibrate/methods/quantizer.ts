// A quantizer as the methods see it: a scale, a zero point, and the values that it uses.
import { chooseParams } from '../../quantize';
import { type AnyScheme, checkScheme, rangeOf } from '../../quantize/scheme';
import { checkInteger, checkScale, isObject, reject } from '../../validate';
import type { Range } from './range';

/** real = scale * (q - zeroPoint), q from low to high. */
export interface Quantizer {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The quantizer that chooseParams makes of a range, which it takes as float32. It saturates where `quantize` does, at the
 * ends of the type: a narrow range makes the step wider, but what is clipped may still reach the lowest value.
 * @throws ERR_DTYPE, ERR_RANGE
 */
export function quantizerOf(range: Range, scheme: AnyScheme): Quantizer {
  if (!isObject(range)) reject('range', 'an object { min, max }', range, 'ERR_DTYPE');
  const { min, max } = range as unknown as Range;
  const { scale, zeroPoint } = chooseParams({ min, max }, { ...checkScheme('scheme', scheme), granularity: 'tensor' });
  const [low, high] = rangeOf(scheme.type);
  return { scale: scale[0]!, zeroPoint: zeroPoint[0]!, low, high };
}

/** A quantizer of at most 2^16 steps, each property read once. Throws ERR_DTYPE, ERR_RANGE. */
export function checkQuantizer(name: string, value: unknown): Quantizer {
  if (!isObject(value)) reject(name, 'an object { scale, zeroPoint, low, high }', value, 'ERR_DTYPE');
  const { scale, zeroPoint, low, high } = value as unknown as Quantizer;
  const lowest = checkInteger(`${name}.low`, low, -(2 ** 31), 2 ** 31);
  const highest = checkInteger(`${name}.high`, high, lowest + 1, lowest + 2 ** 16);
  const zero = checkInteger(`${name}.zeroPoint`, zeroPoint, lowest, highest);
  return { scale: checkScale(`${name}.scale`, scale), zeroPoint: zero, low: lowest, high: highest };
}
