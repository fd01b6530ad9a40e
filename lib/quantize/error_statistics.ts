// From sums over pairs of values to the errors that people read.

/**
 * How far values y = scale * (q - zeroPoint) lie from the real ones x, over the pairs of which both are finite; without any,
 * all is 0 but the SQNR, which is Infinity, and the dead range, which is 1.
 */
export interface ErrorStatistics {
  /** Pairs of finite values. */
  readonly count: number;
  /** The mean of (x - y)^2. */
  readonly mse: number;
  /** 10 log10(sum of x^2 / sum of (x - y)^2), in dB; Infinity where no value has an error. */
  readonly sqnr: number;
  /** Sum of x y / sqrt(sum of x^2 * sum of y^2); 1 where both are 0, 0 where one is. */
  readonly cosine: number;
  /** The largest |x - y|. */
  readonly maxError: number;
  /** The part of the values that lie more than half a step beyond the type's range. */
  readonly clippingRate: number;
  /**
   * The part of the type's range, in steps, below the value of the smallest x and above that of the largest; for a tensor
   * of several channels the mean of theirs.
   */
  readonly deadRange: number;
}

/** Numbers that native code writes about a channel. */
export const FIELDS = 9;

/** One channel's sums. */
export interface Sums {
  readonly count: number;
  readonly errorSquares: number;
  readonly xSquares: number;
  readonly ySquares: number;
  readonly products: number;
  readonly largest: number;
  readonly clipped: number;
}

export const NO_SUMS: Sums = {
  count: 0,
  errorSquares: 0,
  xSquares: 0,
  ySquares: 0,
  products: 0,
  largest: 0,
  clipped: 0,
};

/** What native code wrote about a channel of so many values. */
export function sumsOf(fields: Float64Array, perChannel: number): Sums {
  const [errorSquares, xSquares, ySquares, products, largest, clipped] = fields as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { count: perChannel - fields[8]!, errorSquares, xSquares, ySquares, products, largest, clipped };
}

/** Of both together. */
export function joinSums(a: Sums, b: Sums): Sums {
  return {
    count: a.count + b.count,
    errorSquares: a.errorSquares + b.errorSquares,
    xSquares: a.xSquares + b.xSquares,
    ySquares: a.ySquares + b.ySquares,
    products: a.products + b.products,
    largest: Math.max(a.largest, b.largest),
    clipped: a.clipped + b.clipped,
  };
}

export function statisticsOf(sums: Sums, deadRange: number): ErrorStatistics {
  const { count, errorSquares, xSquares, ySquares, products, largest, clipped } = sums;
  const cosine = xSquares === 0 && ySquares === 0 ? 1 : products / (Math.sqrt(xSquares) * Math.sqrt(ySquares));
  return {
    count,
    mse: count === 0 ? 0 : errorSquares / count,
    sqnr: errorSquares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(xSquares / errorSquares),
    cosine: Number.isNaN(cosine) ? 0 : cosine,
    maxError: largest,
    clippingRate: count === 0 ? 0 : clipped / count,
    deadRange,
  };
}
