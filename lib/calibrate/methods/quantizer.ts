// A quantizer as the methods see it: a scale, a zero point, and the values that it uses.
import { affineParams } from '../../quantize/affine_params';
import { type AnyScheme, schemeRange } from '../../quantize/scheme';
import type { Range } from './range';

/** real = scale * (q - zeroPoint), q from low to high. */
export interface Quantizer {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
}

/** The quantizer that chooseParams makes of a range, which it takes as float32. */
export function quantizerOf({ min, max }: Range, scheme: AnyScheme): Quantizer {
  const [low, high] = schemeRange(scheme);
  const [scale, zeroPoint] = affineParams([Math.fround(min), Math.fround(max)], [low, high], scheme.symmetric);
  return { scale, zeroPoint, low, high };
}
