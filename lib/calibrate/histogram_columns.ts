// A part of a histogram in fewer, equal columns: what charts draw.

export interface HistogramPart {
  /** The bins' counts on [-limit, limit]. */
  readonly counts: readonly number[];
  readonly limit: number;
  /** What is shown of it. */
  readonly from: number;
  readonly to: number;
}

/** Values in each of `columns` equal parts of what is shown; a bin on an edge is shared between two. */
export function columnCounts({ counts, limit, from, to }: HistogramPart, columns: number): number[] {
  const binWidth = (2 * limit) / counts.length;
  const columnWidth = (to - from) / columns;
  const result = new Array<number>(columns).fill(0);
  for (const [bin, count] of counts.entries()) {
    if (count === 0) continue;
    const start = (-limit + bin * binWidth - from) / columnWidth;
    const end = start + binWidth / columnWidth;
    const first = Math.max(0, Math.floor(start));
    const last = Math.min(columns - 1, Math.ceil(end) - 1);
    for (let column = first; column <= last; column++) {
      const share = (Math.min(end, column + 1) - Math.max(start, column)) / (end - start);
      if (share > 0) result[column]! += count * share;
    }
  }
  return result;
}
