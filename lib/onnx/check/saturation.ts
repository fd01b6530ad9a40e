// Where sums of 8-bit products leave the integers that hold them: 16 bits for pairs on CPUs without VNNI, 32 for whole rows.

/** Two products of a uint8 and a weight up to this fit 16 bits: 2 * 255 * 64 = 32640. */
export const LARGEST_SAFE_WEIGHT = 64;

const LARGEST_PAIR = 32767;
const LEAST_PAIR = -32768;

export interface PairSaturation {
  /** Pairs of neighbouring products. */
  readonly pairs: number;
  /** Pairs whose sum does not fit 16 bits, as vpmaddubsw of AVX2 holds it. */
  readonly saturated: number;
}

/**
 * Multiplies rows of activations with columns of weights as CPUs without VNNI do, two products at a time, and counts the sums
 * that do not fit.
 * @param activations uint8 [m, k]
 * @param weights int8 [k, n]
 */
export function countSaturatedPairs(
  activations: Uint8Array,
  weights: Int8Array,
  { m, k, n }: { readonly m: number; readonly k: number; readonly n: number },
): PairSaturation {
  let saturated = 0;
  for (let row = 0; row < m; row++)
    for (let p = 0; p + 1 < k; p += 2) {
      const [first, second] = [activations[row * k + p] as number, activations[row * k + p + 1] as number];
      for (let column = 0; column < n; column++) {
        const sum = first * (weights[p * n + column] as number) + second * (weights[(p + 1) * n + column] as number);
        if (sum > LARGEST_PAIR || sum < LEAST_PAIR) saturated += 1;
      }
    }
  return { pairs: m * n * (k >> 1), saturated };
}

/**
 * The largest magnitude that a sum can have: over the channels, sum |w| * 255 + |bias|.
 * @param values weights, the channels along the first axis, or along the last one where they are columns
 */
export function accumulatorBound(
  values: Int8Array | Uint8Array,
  dims: readonly number[],
  areColumns: boolean,
  biases: Int32Array | undefined,
): number {
  const channels = (areColumns ? dims.at(-1) : dims[0]) ?? 1;
  const sums = new Float64Array(channels);
  const inner = values.length / channels;
  for (let i = 0; i < values.length; i++) {
    const channel = areColumns ? i % channels : Math.floor(i / inner);
    sums[channel] = (sums[channel] as number) + Math.abs(values[i] as number);
  }
  let bound = 0;
  sums.forEach((sum, channel) => {
    bound = Math.max(bound, sum * 255 + Math.abs(biases?.[channel % biases.length] ?? 0));
  });
  return bound;
}
