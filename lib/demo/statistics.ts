// What a comparison of two classifiers is told by.

/** Positions at which two lists of one length hold the same number. */
export function countEqual(a: Int32Array, b: Int32Array): number {
  return a.reduce((count, value, i) => count + Number(value === b[i]), 0);
}

/** The class of each row of logits [rows, classes]: the first of its largest values. */
export function classify(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    const values = logits.subarray(row * classes, (row + 1) * classes);
    return values.indexOf(values.reduce((best, value) => Math.max(best, value)));
  });
}
