// Checks of results: each answers undefined if all is well, else what is wrong in a few words.
import { createRandom } from './inputs';

type Values = ArrayLike<number>;

/** Every value equal. */
export function compareExact(actual: Values, expected: Values): string | undefined {
  return compareWithin(actual, expected, 0);
}

/** Every value within `tolerance` of what is expected. */
export function compareWithin(actual: Values, expected: Values, tolerance: number): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} values, expected ${expected.length}`;
  let wrong = 0;
  let first = -1;
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)) <= tolerance) continue;
    wrong += 1;
    if (first < 0) first = i;
  }
  if (wrong === 0) return undefined;
  return `${wrong} of ${expected.length} values wrong, first [${first}]: ${actual[first]}, expected ${expected[first]}`;
}

/** Every value for which `isRight` says so. */
export function countWrong(actual: Values, isRight: (value: number, place: number) => boolean): string | undefined {
  let wrong = 0;
  let first = -1;
  for (let i = 0; i < actual.length; i++) {
    if (isRight(actual[i] as number, i)) continue;
    wrong += 1;
    if (first < 0) first = i;
  }
  return wrong === 0 ? undefined : `${wrong} of ${actual.length} values wrong, first [${first}]: ${actual[first]}`;
}

/** Root mean square of the differences over that of the expected values, at most `tolerance`. */
export function compareRelative(actual: Values, expected: Values, tolerance: number): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} values, expected ${expected.length}`;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? Number.NaN;
    difference += ((actual[i] ?? Number.NaN) - value) ** 2;
    size += value ** 2;
  }
  const error = Math.sqrt(difference / size);
  if (error <= tolerance) return undefined;
  return `relative error ${error.toPrecision(2)}, expected at most ${tolerance}`;
}

/** Values of a product at a few places, computed one by one in plain JavaScript. */
export interface Spots {
  readonly places: readonly number[];
  readonly values: readonly number[];
}

/** Spots of a[m, k] times b[k, n], in doubles: exact for 8-bit inputs. `transposed`: b is [n, k], as layers have it. */
export function productSpots(
  a: Values,
  b: Values,
  shape: { m: number; n: number; k: number },
  order: 'plain' | 'transposed' = 'plain',
): Spots {
  const { m, n, k } = shape;
  const [rowStep, columnStep] = order === 'plain' ? [n, 1] : [1, k];
  const next = createRandom(m + n + k);
  const places = Array.from({ length: Math.min(256, m * n) }, () => next() % (m * n));
  const values = places.map((place) => {
    const [row, column] = [Math.floor(place / n) * k, place % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += (a[row + p] as number) * (b[p * rowStep + column * columnStep] as number);
    return sum;
  });
  return { places, values };
}

/** The values of a result at the places of spots. */
export function atSpots(actual: Values, spots: Spots): number[] {
  return spots.places.map((place) => actual[place] ?? Number.NaN);
}
