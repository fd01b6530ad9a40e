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
 * off leave no other clip to choose. Bin 0 is a bin like all others; nothing is smoothed.
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

/** The clip of the least divergence; of equals the smallest. Parameters and errors as entropyDivergences. */
export function entropyClip(counts: BigUint64Array, levels: number): EntropyClip {
  const divergences = entropyDivergences(counts, levels);
  let best = 0;
  for (let i = 1; i < divergences.length; i++) if (divergences[i]! < divergences[best]!) best = i;
  return { clip: levels + best, divergence: divergences[best]! };
}
