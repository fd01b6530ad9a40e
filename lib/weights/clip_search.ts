// The scale and zero point of one block with the least squared error.

/** Bounds that are tried: from the block's full range down to this part of it. */
const SMALLEST_PART = 0.5;
const STEPS = 32;
/** Times that the scale is fitted to the values that the one before rounds to. */
const FITS = 4;
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
  readonly search: boolean;
}

/**
 * Parameters for the values from `from` to `to`, which must be finite: those of the range, or the best of ranges between it
 * and half of it, and then of the scales that fit what the best one rounds to in the sense of least squares. A range contains
 * 0. Symmetric ranges use the lowest value where the search finds that better, as (-8 .. 7) against (-7 .. 7).
 */
export function blockParams(values: Float32Array, from: number, to: number, how: BlockSearch): BlockParams {
  let [min, max] = [0, 0];
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const best = paramsOfRange(min, max, how);
  if (!how.search || min === max) return best;
  let least = Number.POSITIVE_INFINITY;
  const attempt = (scale: number, zeroPoint: number): boolean => {
    const error = squaredError(values, from, to, { scale, zeroPoint }, how);
    if (error >= least) return false;
    least = error;
    [best.scale, best.zeroPoint] = [scale, zeroPoint];
    return true;
  };
  for (let step = 0; step <= STEPS; step++) {
    const part = 1 - ((1 - SMALLEST_PART) * step) / STEPS;
    const { scale, zeroPoint } = paramsOfRange(min, max, how, part);
    attempt(scale, zeroPoint);
  }
  for (let i = 0; i < FITS; i++) if (!attempt(fittedScale(values, from, to, best, how), best.zeroPoint)) break;
  return best;
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

const level = (value: number, { scale, zeroPoint }: BlockParams, { low, high }: BlockSearch): number =>
  Math.min(Math.max(roundHalfToEven(Math.fround(value / scale)) + zeroPoint, low), high);

function squaredError(values: Float32Array, from: number, to: number, params: BlockParams, how: BlockSearch): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const error = values[i]! - (level(values[i]!, params, how) - params.zeroPoint) * params.scale;
    sum += error * error;
  }
  return sum;
}

/** The scale with the least squared error for the integers that the values are rounded to. */
function fittedScale(values: Float32Array, from: number, to: number, params: BlockParams, how: BlockSearch): number {
  let [products, squares] = [0, 0];
  for (let i = from; i < to; i++) {
    const q = level(values[i]!, params, how) - params.zeroPoint;
    products += values[i]! * q;
    squares += q * q;
  }
  const fitted = squares === 0 ? 0 : products / squares;
  return fitted > 0 && Number.isFinite(fitted) ? usable(fitted) : params.scale;
}
