// How far the values of one tensor lie from those of another, over any number of samples: sums in double.

/** The errors of y, measured against x. */
export interface PairErrors {
  /** Pairs of finite values. */
  readonly count: number;
  /** Values that are finite in x and not in y. Where x is not finite, as in masks of attention, nothing is compared. */
  readonly lost: number;
  /** 10 log10(sum of x^2 / sum of (x - y)^2), in dB; Infinity without an error, -Infinity with a lost value. */
  readonly sqnr: number;
  /** Sum of x y / sqrt(sum of x^2 * sum of y^2); 1 where both are 0, 0 where one is. */
  readonly cosine: number;
  /** The largest |x - y|. */
  readonly maxError: number;
  /** The mean of |x - y|. */
  readonly meanError: number;
  /** The root of the mean of (x - y)^2. */
  readonly rmse: number;
}

export class PairSums {
  #count = 0;
  #lost = 0;
  #errors = 0;
  #squares = 0;
  #largest = 0;
  #xx = 0;
  #yy = 0;
  #xy = 0;

  /** Takes in two arrays of one length. */
  add(x: Float32Array, y: Float32Array): void {
    let [count, errors, squares, largest, xx, yy, xy] = [0, 0, 0, this.#largest, 0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      const [a, b] = [x[i]!, y[i]!];
      const error = Math.abs(a - b);
      if (!(error < Number.POSITIVE_INFINITY)) {
        if (Number.isFinite(a)) this.#lost++;
        continue;
      }
      count++;
      errors += error;
      squares += error * error;
      if (error > largest) largest = error;
      xx += a * a;
      yy += b * b;
      xy += a * b;
    }
    this.#count += count;
    this.#errors += errors;
    this.#squares += squares;
    this.#largest = largest;
    this.#xx += xx;
    this.#yy += yy;
    this.#xy += xy;
  }

  /** The errors so far; without a pair, none. */
  get errors(): PairErrors {
    const [count, xx, yy] = [Math.max(this.#count, 1), this.#xx, this.#yy];
    const exact = this.#squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(xx / this.#squares);
    const sqnr = this.#lost > 0 ? Number.NEGATIVE_INFINITY : exact;
    const cosine = xx === 0 || yy === 0 ? Number(xx === yy) : this.#xy / Math.sqrt(xx * yy);
    return {
      count: this.#count,
      lost: this.#lost,
      sqnr,
      cosine: Math.min(Math.max(cosine, -1), 1),
      maxError: this.#largest,
      meanError: this.#errors / count,
      rmse: Math.sqrt(this.#squares / count),
    };
  }
}
