// What a sketch must say about values, one at a time and with integers of any size: each float32 value is a multiple of
// 2^-149.
import type { SketchChannel } from '../../lib';

export const UNIT = -149;

/** A finite float32 value in units of 2^-149. */
export function unitsOf(value: number): bigint {
  return BigInt(value * 2 ** 149);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** The nearest double, ties to even, of value * 2^exponent, where that is no subnormal. */
export function roundedDouble(value: bigint, exponent: number): number {
  const bits = absolute(value).toString(2).length;
  const shift = BigInt(Math.max(0, bits - 53));
  const [top, rest] = [absolute(value) >> shift, absolute(value) & ((1n << shift) - 1n)];
  const half = shift === 0n ? 0n : 1n << (shift - 1n);
  const up = rest > half || (rest === half && half > 0n && (top & 1n) === 1n);
  const magnitude = Number(top + (up ? 1n : 0n)) * 2 ** (Number(shift) + exponent);
  return value < 0n ? -magnitude : magnitude;
}

/** The exponent of the smallest power of two greater than all magnitudes; null if all are 0. */
function exponentOf(units: readonly bigint[]): number | null {
  const width = units.reduce((most, unit) => Math.max(most, unit === 0n ? 0 : absolute(unit).toString(2).length), 0);
  return width === 0 ? null : width + UNIT;
}

function binOf(units: bigint, exponent: number | null, bins: number): number {
  const half = BigInt(bins / 2);
  const bin = exponent === null ? 0 : Number((absolute(units) * half) >> BigInt(exponent - UNIT));
  return units < 0n ? bins / 2 - 1 - bin : bins / 2 + bin;
}

export function exactSketch(values: ArrayLike<number>, bins: number): SketchChannel {
  const all = Array.from(values);
  const finite = all.filter(Number.isFinite);
  const units = finite.map(unitsOf);
  const exponent = exponentOf(units);
  const counts = new BigUint64Array(bins);
  for (const unit of units) counts[binOf(unit, exponent, bins)]!++;
  return {
    count: BigInt(all.length),
    nanCount: BigInt(all.filter(Number.isNaN).length),
    infinityCount: BigInt(all.filter((x) => Math.abs(x) === Number.POSITIVE_INFINITY).length),
    min: finite.reduce((least, x) => Math.min(least, x + 0), Number.POSITIVE_INFINITY),
    max: finite.reduce((most, x) => Math.max(most, x + 0), Number.NEGATIVE_INFINITY),
    sum: roundedDouble(
      units.reduce((total, unit) => total + unit, 0n),
      UNIT,
    ),
    sumOfSquares: roundedDouble(
      units.reduce((total, unit) => total + unit * unit, 0n),
      2 * UNIT,
    ),
    exponent,
    counts,
  };
}
