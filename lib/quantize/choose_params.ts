// From a range of real values to scale and zero point.
import { makeError } from '../errors';
import { isDataOf } from '../tensor/dtype';
import { isObject, reject } from '../validate';
import { affineParams } from './affine_params';
import { checkScheme, type QParams, type QuantizedType, type Scheme, schemeRange } from './scheme';

/** A range of real values: numbers for the tensor, or an array with one value for each channel. */
export interface ValueRange {
  readonly min: number | Float32Array;
  readonly max: number | Float32Array;
}

/**
 * Scale and zero point for values in a range, in float32, by the rules of ONNX's quantizers.
 *
 * The range is first widened to contain 0, so that real 0 is exact, and for a symmetric scheme to be as wide on both sides
 * of it. Then scale = (max - min) / (qmax - qmin) and, asymmetric, zeroPoint = clamp(round(qmin - min / scale)), symmetric,
 * zeroPoint = round((qmin + qmax) / 2), both rounded half to even. A range of nothing but 0 gets scale 1; a scale below
 * the normal float32 numbers becomes the smallest of them.
 *
 * @param range one for the tensor, or one for each index of the axis or each block
 * @throws ERR_RANGE for NaN, infinities, or min > max; ERR_SHAPE for arrays that do not fit
 */
export function chooseParams<T extends QuantizedType>(range: ValueRange, scheme: Scheme<T>): QParams<T> {
  checkScheme('scheme', scheme);
  if (!isObject(range)) reject('range', 'an object { min, max }', range, 'ERR_DTYPE');
  const min = toArray('range.min', range.min);
  const max = toArray('range.max', range.max);
  if (min.length !== max.length)
    throw makeError('ERR_SHAPE', `range.min and range.max must be equally long, got ${min.length} and ${max.length}`);
  if (scheme.granularity === 'tensor' && min.length !== 1)
    throw makeError('ERR_SHAPE', `a scheme per tensor takes one range, got ${min.length}`);
  const scale = new Float32Array(min.length);
  const zeroPoint = new Int32Array(min.length);
  const [low, high] = schemeRange(scheme);
  for (let i = 0; i < min.length; i++) {
    checkBounds(min[i]!, max[i]!, i);
    [scale[i], zeroPoint[i]] = affineParams([min[i]!, max[i]!], [low, high], scheme.symmetric);
  }
  return { type: scheme.type, scale, zeroPoint, granularity: scheme.granularity };
}

function toArray(name: string, value: unknown): Float32Array {
  if (typeof value === 'number') return Float32Array.of(value);
  if (isDataOf('float32', value)) return value;
  return reject(name, 'a number or a Float32Array', value, 'ERR_DTYPE');
}

function checkBounds(min: number, max: number, index: number): void {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max)
    throw makeError('ERR_RANGE', `range ${index} must be finite with min <= max, got [${min}, ${max}]`);
}
