// The arithmetic from a range to a scale and a zero point.

const SMALLEST_NORMAL = 2 ** -126;

/**
 * [scale, zeroPoint] of the range [min, max], widened to contain 0, for the quantized values from `low` to `high`; see
 * chooseParams. scale is a float32.
 */
export function affineParams(
  [min, max]: readonly [number, number],
  [low, high]: readonly [number, number],
  symmetric: boolean,
): [scale: number, zeroPoint: number] {
  const [below, above] = [Math.min(min, 0), Math.max(max, 0)];
  if (symmetric) {
    const bound = Math.max(-below, above);
    return [usableScale((2 * bound) / (high - low)), roundHalfToEven((low + high) / 2)];
  }
  const scale = usableScale((above - below) / (high - low));
  const zeroPoint = roundHalfToEven(low - Math.fround(below / scale));
  return [scale, Math.min(Math.max(zeroPoint, low), high)];
}

function usableScale(value: number): number {
  if (value === 0) return 1;
  const scale = Math.fround(value);
  return Math.max(scale, SMALLEST_NORMAL);
}

/** The nearest integer, ties to even; never -0. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction < 0.5) return floor + 0;
  if (fraction > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor + 0 : floor + 1;
}
