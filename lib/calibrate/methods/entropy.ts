// Entropy calibration: S. Migacz, "8-bit inference with TensorRT", GTC 2017.
import { addon } from '../../addon';
import { makeError } from '../../errors';
import { checkInteger } from '../../validate';

/** A clip, in bins, and the divergence that it brings about. */
export interface EntropyClip {
  readonly clip: number;
  readonly divergence: number;
}

/**
 * Divergences D_i of all clips i = levels .. bins of a histogram of magnitudes: D_i = sum of P_k ln(P_k / Q_k), where P is
 * the histogram up to bin i with everything beyond in bin i - 1, and Q the histogram up to bin i without that, spread evenly
 * over the bins of each of `levels` levels whose count is not 0; both sum to 1.
 *
 * What the source leaves open: bin k belongs to level floor(k * levels / i); whether a bin is empty is asked of the
 * histogram before anything is folded, so that a clip whose last bin is empty, with values beyond it, diverges infinitely;
 * but for the smallest clip, i = levels, where what lies beyond then goes to the last bin that is not empty: outliers far
 * off leave no other clip to choose. Nothing is smoothed.
 *
 * @param counts bins of equal width from magnitude 0 on, at most 2^20
 * @param levels quantized values from 0 up: 128 for symmetric int8
 * @returns bins - levels + 1 divergences
 * @throws ERR_UNSUPPORTED unless there are more bins than levels: with one candidate only, the method would be `minmax`
 */
export function entropyDivergences(counts: BigUint64Array, levels: number): Float64Array {
  checkInteger('levels', levels, 1, 2 ** 20);
  if (counts.length <= levels)
    throw makeError(
      'ERR_UNSUPPORTED',
      `entropy needs more bins than levels, got ${counts.length} bins up to the largest magnitude and ${levels} levels`,
    );
  const divergences = new Float64Array(counts.length - levels + 1);
  addon.entropyDivergences(counts, divergences, levels);
  return divergences;
}

/**
 * The clip of the least divergence; of equals the smallest. Two choices keep it from clips that only seem good:
 * - A bin 0 of more than twice the count of bin 1 counts as much as that: such are the zeros of ReLU, which every quantizer
 *   represents exactly, and beside which all else would count for nothing.
 * - A clip that keeps less than half of the values is no candidate: where nearly all is folded into one bin, P and Q agree.
 *
 * Parameters and errors as entropyDivergences.
 */
export function entropyClip(counts: BigUint64Array, levels: number): EntropyClip {
  const level = withoutSpike(counts);
  const divergences = entropyDivergences(level, levels);
  const enough = level.reduce((sum, count) => sum + count, 0n);
  let kept = level.subarray(0, levels).reduce((sum, count) => sum + count, 0n);
  let best: EntropyClip = { clip: counts.length, divergence: Number.POSITIVE_INFINITY };
  divergences.forEach((divergence, i) => {
    if (i > 0) kept += level[levels + i - 1]!;
    if (2n * kept >= enough && divergence < best.divergence) best = { clip: levels + i, divergence };
  });
  return best;
}

function withoutSpike(counts: BigUint64Array): BigUint64Array {
  const [zero = 0n, next = 0n] = counts;
  if (zero <= 2n * next) return counts;
  const level = counts.slice();
  level[0] = next;
  return level;
}
