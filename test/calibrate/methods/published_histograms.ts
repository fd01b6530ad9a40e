// Histograms of magnitudes for which the methods' results are known.
import { roundHalfToEven } from '../../reference/float32_arithmetic';

/** The error function, to the last digits: a series near 0, a continued fraction beyond. */
export function erf(x: number): number {
  if (x < 3) {
    let [sum, term] = [0, x];
    for (let n = 1; Math.abs(term) > 1e-18; n++) {
      sum += term / (2 * n - 1);
      term *= (-x * x) / n;
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction);
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** A million values of a distribution in 2,048 bins, by its distribution function over bin edges. */
function millionOf(distribution: (edge: number) => number): BigUint64Array {
  const count = (k: number) => roundHalfToEven(1e6 * (distribution(k + 1) - distribution(k)));
  return BigUint64Array.from({ length: 2048 }, (_, k) => BigInt(count(k)));
}

function withMore(counts: BigUint64Array, bin: number, more: bigint): BigUint64Array {
  const copy = counts.slice();
  copy[bin] = copy[bin]! + more;
  return copy;
}

/** exp(-k / 128). */
export const EXPONENTIAL = millionOf((edge) => -Math.exp(-edge / 128));
export const EXPONENTIAL_AND_ONE = withMore(EXPONENTIAL, 2047, 1n);
/** Half a normal distribution whose sigma is 256 bins. */
export const HALF_NORMAL = millionOf((edge) => erf(edge / 256 / Math.SQRT2));
export const HALF_NORMAL_AND_TEN = withMore(HALF_NORMAL, 2047, 10n);
export const UNIFORM = new BigUint64Array(2048).fill(100n);
