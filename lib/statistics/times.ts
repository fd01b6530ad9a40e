// Times of one thing, measured many times.

/** Times of one thing, in microseconds. */
export interface Times {
  readonly best: number;
  readonly median: number;
  readonly samples: number;
}

/** Summarizes at least one sample. */
export function summarizeTimes(microseconds: readonly number[]): Times {
  const sorted = [...microseconds].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
  return { best: sorted[0] ?? Number.NaN, median, samples: sorted.length };
}
