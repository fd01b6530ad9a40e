// How often two models choose the same class.
import { type Estimate, estimate } from '../../statistics';

/** The place of the first of a row's largest values; a NaN counts as the smallest. */
function largestOf(values: Float32Array, begin: number, length: number): number {
  let best = begin;
  for (let i = begin + 1; i < begin + length; i++)
    if (values[i]! > values[best]! || Number.isNaN(values[best]!)) best = i;
  return best - begin;
}

/** Rows along the last axis, and in how many of them both tensors are largest at the same place. */
export class Agreement {
  #rows = 0;
  #same = 0;

  /** Takes in two arrays of equal dims: those of a classifier's output, [..., classes]. */
  add(x: Float32Array, y: Float32Array, dims: readonly number[]): void {
    const classes = dims.at(-1) ?? 0;
    if (dims.length < 2 || classes < 2) return;
    for (let begin = 0; begin < x.length; begin += classes) {
      this.#rows++;
      if (largestOf(x, begin, classes) === largestOf(y, begin, classes)) this.#same++;
    }
  }

  /** The share of rows with its 95 % interval; undefined where the outputs have no classes. */
  get share(): Estimate | undefined {
    return this.#rows === 0 ? undefined : estimate(this.#same, this.#rows);
  }
}
