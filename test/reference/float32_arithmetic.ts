// float32 arithmetic as the kernels do it: one rounding for each operation, or one for a fused multiply-add.

const double = new Float64Array(1);
const words = new Int32Array(double.buffer); // [low, high]; every platform of Node is little-endian

/** The neighbour of a finite, non-zero `value` in the direction of `up`. */
function neighbour(value: number, up: boolean): number {
  double[0] = value;
  const bits = new BigInt64Array(double.buffer);
  bits[0] = bits[0]! + (up === value > 0 ? 1n : -1n);
  return double[0];
}

/**
 * a * b + c of float32 values, rounded to float32 once. The product is exact in a double; the sum's double rounding is
 * made harmless by rounding to odd first: a double has more than two bits beyond a float32.
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  if (!Number.isFinite(sum)) return Math.fround(sum);
  const back = sum - product;
  const error = product - (sum - back) + (c - back); // Knuth: product + c = sum + error, exactly
  if (error === 0) return Math.fround(sum);
  double[0] = sum;
  const isOdd = (words[0]! & 1) === 1;
  return Math.fround(isOdd ? sum : neighbour(sum, error > 0));
}

/** The nearest integer, ties to even, by the rounding of double addition. */
export function roundHalfToEven(value: number): number {
  const limit = 2 ** 52;
  if (!(Math.abs(value) < limit)) return value;
  return value < 0 ? value - limit + limit : value + limit - limit;
}

/** A clamp to low <= high as the kernels write it: what is not greater than the low bound, NaN included, becomes the low bound. */
export function clamp(value: number, low: number, high: number): number {
  if (!(value > low)) return low;
  if (value < high) return value;
  return high;
}
