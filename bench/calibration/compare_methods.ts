// The squared error that each method of calibration really brings about.
import { AUTO_METHODS, rangeOf, type SingleMethod, Sketch } from '../../lib/calibrate';
import { type AnyScheme, chooseParams, quantizationError } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';

export interface MethodError {
  readonly method: SingleMethod;
  /** Of the data themselves, not of the sketch. */
  readonly mse: number;
}

export interface Comparison {
  readonly single: readonly MethodError[];
  /** What `auto` chose. */
  readonly auto: MethodError;
  /** The squared error of `auto` over that of the best single method. */
  readonly ratio: number;
}

/** Quantizes the data by every method's range, per tensor. */
export function compareMethods(data: Float32Array, scheme: AnyScheme): Comparison {
  const x = Tensor.from(data);
  const channel = new Sketch().observe(x).channels[0];
  if (channel === undefined) throw new Error('a sketch of a tensor has one channel');
  const errorOf = (method: SingleMethod | 'auto'): MethodError => {
    const range = rangeOf(channel, method, scheme);
    return { method: range.method, mse: quantizationError(x, chooseParams(range, scheme)).mse };
  };
  const single = AUTO_METHODS.map(errorOf);
  const auto = errorOf('auto');
  return { single, auto, ratio: auto.mse / Math.min(...single.map(({ mse }) => mse)) };
}
