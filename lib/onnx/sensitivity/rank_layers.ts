// How much each layer's quantization costs the whole model.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import type { Model } from '../model';
import { checkUnique } from './check_layers';

/** A model whose layers of these names stay in float; all others are quantized. The same names give the same model. */
export type QuantizeWithout = (excluded: ReadonlySet<string>) => Promise<Model> | Model;

/** How good a model is: higher is better, Infinity is perfect. SQNR of the outputs in dB, or points of a score. */
export type ScoreModel = (model: Model, options: AsyncOptions) => Promise<number> | number;

export interface LayerSensitivity {
  readonly layer: string;
  /** The score with this layer alone quantized. */
  readonly isolated: number;
  /** The score with it and all layers before it quantized; undefined where that was not asked for. */
  readonly accumulated: number | undefined;
}

export interface RankingProgress {
  readonly done: number;
  readonly total: number;
  readonly layer: string;
}

export interface RankOptions extends AsyncOptions {
  /** Names of the layers that can be quantized, in the order of the graph. */
  readonly layers: readonly string[];
  readonly quantizeWithout: QuantizeWithout;
  readonly score: ScoreModel;
  /** Default true: a second score for each layer. */
  readonly accumulated?: boolean | undefined;
  /** Called after each layer. */
  readonly onProgress?: ((progress: RankingProgress) => void) | undefined;
}

/**
 * The layers, the most sensitive first: those that score lowest when they alone are quantized; among equals, the first of
 * the graph. One model is made and scored for each layer, two with the accumulated scores.
 * @throws ERR_RANGE for a name that comes twice; what quantizing and scoring throw; the signal's reason
 */
export async function rankLayers(options: RankOptions): Promise<LayerSensitivity[]> {
  const signal = signalOf(options);
  const { layers, quantizeWithout, score, accumulated = true, onProgress } = options;
  checkUnique(layers);
  const scoreWithout = async (excluded: readonly string[]): Promise<number> => {
    signal?.throwIfAborted();
    return score(await quantizeWithout(new Set(excluded)), { signal });
  };
  const rows: LayerSensitivity[] = [];
  for (const [i, layer] of layers.entries()) {
    const isolated = await scoreWithout(layers.filter((one) => one !== layer));
    const upToHere = accumulated ? await scoreWithout(layers.slice(i + 1)) : undefined;
    rows.push({ layer, isolated, accumulated: upToHere });
    onProgress?.({ done: i + 1, total: layers.length, layer });
  }
  // A sort is stable, and Infinity - Infinity, which is NaN, counts as equal.
  return rows.sort((a, b) => a.isolated - b.isolated);
}
