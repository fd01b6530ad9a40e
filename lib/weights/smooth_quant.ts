// SmoothQuant: channels of activations with outliers become smaller, and the rows of the weights that read them larger, so
// that both round well (Xiao, Lin, Seznec, Wu, Demouth and Han, "SmoothQuant", ICML 2023, equation 4).
import { makeError } from '../errors';
import { reject } from '../validate';

/** Activations are divided by s[j], and row j of the weights multiplied by it. */
export interface SmoothingOptions {
  /** How much of the difficulty goes to the weights: 0 none of it, 1 all of it. Default: 0.5. */
  readonly alpha?: number | undefined;
}

/**
 * s[j] = activationMax[j]^alpha / weightMax[j]^(1 - alpha), and 1 for a channel whose maxima are 0. Then (x / s) · (s W) equals
 * x · W.
 *
 * @param activationMax the largest |x[:, j]| of each input channel j
 * @param weightMax the largest |W[j, :]| of each, over all weights that read the activations
 * @throws ERR_SHAPE for arrays of different lengths; ERR_RANGE for NaN, infinities, negative values and alpha outside [0, 1]
 */
export function smoothingFactors(
  activationMax: Float32Array,
  weightMax: Float32Array,
  { alpha = 0.5 }: SmoothingOptions = {},
): Float32Array {
  if (typeof alpha !== 'number') reject('alpha', 'a number', alpha, 'ERR_DTYPE');
  if (!(alpha >= 0 && alpha <= 1)) reject('alpha', 'from 0 to 1', alpha, 'ERR_RANGE');
  if (activationMax.length !== weightMax.length)
    throw makeError('ERR_SHAPE', `maxima of ${activationMax.length} channels do not fit those of ${weightMax.length}`);
  return activationMax.map((activation, j) => {
    const weight = weightMax[j]!;
    if (!(activation >= 0 && weight >= 0 && activation + weight < Number.POSITIVE_INFINITY))
      throw makeError('ERR_RANGE', `maxima must be finite and not negative, got ${activation} and ${weight} at ${j}`);
    if (activation === 0 || weight === 0) return 1;
    const factor = Math.fround(activation ** alpha / weight ** (1 - alpha));
    return factor >= 2 ** -126 && factor < Number.POSITIVE_INFINITY ? factor : 1;
  });
}

/** The largest |W[j, :]| of each row j of a matrix [rows, columns], raised into `into`, which has a value for each row. */
export function raiseRowMaxima(into: Float32Array, data: Float32Array, columns: number): void {
  if (data.length !== into.length * columns)
    throw makeError('ERR_SHAPE', `${data.length} values are not ${into.length} rows of ${columns}`);
  for (let row = 0; row < into.length; row++) {
    let largest = into[row]!;
    for (let i = row * columns; i < (row + 1) * columns; i++) largest = Math.max(largest, Math.abs(data[i]!));
    into[row] = largest;
  }
}

/** The largest |x[:, j]| of each channel j of activations [rows, channels], raised into `into`, which has a value for each. */
export function raiseColumnMaxima(into: Float32Array, data: Float32Array): void {
  if (into.length === 0 || data.length % into.length !== 0)
    throw makeError('ERR_SHAPE', `${data.length} values are no rows of ${into.length} channels`);
  for (let i = 0, j = 0; i < data.length; i++) {
    const magnitude = Math.abs(data[i]!);
    if (magnitude > into[j]!) into[j] = magnitude;
    if (++j === into.length) j = 0;
  }
}
