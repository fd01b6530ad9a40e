// From a range of real values to scale and zero point.
import { makeError } from '../errors';
import { isDataOf } from '../tensor/dtype';
import { isObject, reject } from '../validate';
import { checkScheme, type QParams, type Scheme, schemeRange, symmetricZeroPoint } from './scheme';

/** A range of real values: numbers for the tensor, or an array with one value for each channel. */
export interface ValueRange {
  readonly min: number | Float32Array;
  readonly max: number | Float32Array;
}

const SMALLEST_NORMAL = 2 ** -126;

/**
 * Scale and zero point for values in a range, in float32 arithmetic, by the rules of ONNX's quantizers.
 *
 * The range is first widened to contain 0, so that real 0 is exact. Symmetric: scale = max(|min|, |max|) / qmax around
 * the zero point. Asymmetric: scale = (max - min) / (qmax - qmin), zeroPoint = clamp(round(qmin - min / scale)), rounded
 * half to even. A range of nothing but 0 gets scale 1; a scale below the normal float32 numbers becomes the smallest of
 * them.
 *
 * @throws ERR_RANGE for NaN, infinities, or min > max; ERR_SHAPE for arrays that do not fit
 */
export function chooseParams(range: ValueRange, scheme: Scheme): QParams {
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
  for (let i = 0; i < min.length; i++) {
    checkBounds(min[i]!, max[i]!, i);
    [scale[i], zeroPoint[i]] = chooseOne(Math.min(min[i]!, 0), Math.max(max[i]!, 0), scheme);
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

/** Scale and zero point of one range that contains 0. */
function chooseOne(min: number, max: number, scheme: Scheme): [number, number] {
  const [low, high] = schemeRange(scheme);
  if (scheme.symmetric) {
    const center = symmetricZeroPoint(scheme.type);
    const bound = Math.max(-min, max);
    return [usableScale(bound / (high - center)), center];
  }
  const scale = usableScale((max - min) / (high - low));
  const zeroPoint = roundHalfToEven(low - Math.fround(min / scale));
  return [scale, Math.min(Math.max(zeroPoint, low), high)];
}

function usableScale(value: number): number {
  if (value === 0) return 1;
  const scale = Math.fround(value);
  return Math.max(scale, SMALLEST_NORMAL);
}

/** The nearest integer, ties to even. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction < 0.5) return floor;
  if (fraction > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
