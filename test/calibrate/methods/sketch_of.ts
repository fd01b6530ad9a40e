// Sketches made by plain loops, and data to make them of.
import type { SketchChannel } from '../../../lib/calibrate/sketch_words';
import type { Random } from '../../reference/random';

/** The sketch of finite values, by its definition. */
export function sketchOf(values: ArrayLike<number>, bins = 4096): SketchChannel {
  let [min, max, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]! + 0; // no -0
    min = Math.min(min, x);
    max = Math.max(max, x);
    sum += x;
    sumOfSquares += x * x;
  }
  const largest = Math.max(-min, max);
  const counts = new BigUint64Array(bins);
  const exponent = largest > 0 ? exponentAbove(largest) : null;
  const scale = exponent === null ? 0 : bins / 2 / 2 ** exponent;
  const plain = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor(Math.abs(values[i]!) * scale);
    plain[values[i]! < 0 ? bins / 2 - 1 - place : bins / 2 + place]! += 1;
  }
  plain.forEach((count, bin) => {
    counts[bin] = BigInt(count);
  });
  const count = BigInt(values.length);
  return { count, nanCount: 0n, infinityCount: 0n, min, max, sum, sumOfSquares, exponent, counts };
}

/** The exponent of the smallest power of two strictly greater than x > 0. */
function exponentAbove(x: number): number {
  let exponent = Math.ceil(Math.log2(x)) - 1;
  while (2 ** exponent <= x) exponent++;
  return exponent;
}

/** Values of N(0, 1), by the polar form of Box and Muller. */
export function normalValues(random: Random, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    values[i] = radius * Math.cos(2 * Math.PI * random.next());
  }
  return values;
}
