// The scale and zero point of a range of weights.

const SMALLEST_NORMAL = 2 ** -126;
/** Adding and taking it away rounds a double below 2^51 to the nearest integer, ties to even. */
const ROUNDER = 1.5 * 2 ** 52;

/** Parameters of a block; the scale is a float32. */
export interface BlockParams {
  scale: number;
  zeroPoint: number;
}

export interface BlockSearch {
  /** Smallest and largest quantized value. */
  readonly low: number;
  readonly high: number;
  readonly symmetric: boolean;
}

/** Parameters for a part of a range that contains 0; of nothing but 0 with a scale of 1. */
export function paramsOfRange(min: number, max: number, how: BlockSearch, part = 1): BlockParams {
  const middle = how.low < 0 ? 0 : (how.high + 1) / 2;
  if (min === max) return { scale: 1, zeroPoint: how.symmetric ? middle : Math.max(how.low, 0) };
  const full = how.symmetric ? Math.max(-min, max) / (how.high - middle) : (max - min) / (how.high - how.low);
  const scale = usable(full * part);
  return { scale, zeroPoint: how.symmetric ? middle : clamp(roundHalfToEven(how.low - (min * part) / scale), how) };
}

const clamp = (value: number, { low, high }: BlockSearch): number => Math.min(Math.max(value, low), high);

export function roundHalfToEven(value: number): number {
  return value + ROUNDER - ROUNDER;
}

const usable = (scale: number): number => Math.max(Math.fround(scale), SMALLEST_NORMAL);
