// int32 sums to 8-bit values.
import type { NumericType, TensorValue } from '../../model';
import type { Call } from '../call';
import { scratch } from '../numbers';
import { rangeOfType } from './quantize_linear';

export interface Requantization {
  /** scale of a · scale of b / scale of the output: one, or one for each channel. */
  readonly multipliers: Float32Array;
  readonly zeroPoint: number;
  readonly type: NumericType;
}

/** Multipliers from the scales of two operands and of the output, in float32. */
export function multipliersOf(a: number, b: ArrayLike<number>, y: number): Float32Array {
  return Float32Array.from({ length: b.length }, (_, i) => Math.fround(Math.fround(a * b[i]!) / y));
}

/**
 * clamp(round(sum · multiplier) + zeroPoint), the product in float32, ties to even. The channel of value i is
 * floor(i / inner) modulo the number of multipliers.
 */
export function requantize(
  call: Call,
  sums: Int32Array,
  dims: readonly number[],
  { multipliers, zeroPoint, type }: Requantization,
  inner: number,
): TensorValue {
  if (type !== 'int8' && type !== 'uint8') call.fail(`its output must be int8 or uint8, got ${type}`, 'ERR_DTYPE');
  const [low, high] = rangeOfType(call, type);
  const out = scratch(type, dims) as Int8Array;
  const channels = multipliers.length;
  for (let i = 0, channel = 0; i < out.length; i += inner, channel++) {
    const multiplier = multipliers[channel % channels]!;
    const end = Math.min(i + inner, out.length);
    for (let j = i; j < end; j++) {
      const scaled = nearest(Math.fround(Math.fround(sums[j]!) * multiplier)) + zeroPoint;
      out[j] = Math.min(Math.max(scaled, low), high);
    }
  }
  return { type, dims, data: out };
}

/** Ties to even: adding 1.5 · 2^52 leaves no fraction bits. */
const nearest = (value: number): number => value + MAGIC - MAGIC;
const MAGIC = 1.5 * 2 ** 52;
