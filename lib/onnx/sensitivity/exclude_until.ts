// Leaves as few layers as possible in float so that a budget holds.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { onnxError } from '../errors';
import type { Model } from '../model';
import { checkUnique } from './check_layers';
import { type LayerSensitivity, type QuantizeWithout, rankLayers } from './rank_layers';

/** What a model is worth, and whether the budget holds for it. */
export interface Verdict {
  /** Higher is better: points of a score, or the SQNR of the outputs in dB. */
  readonly score: number;
  readonly holds: boolean;
}

/** One model that was tried. */
export interface Trial extends Verdict {
  /** The layers that it left in float, in the order of the graph. */
  readonly excluded: readonly string[];
}

export interface ExclusionProgress {
  /** 'rank' scores layers alone, 'search' finds how many have to go, 'trim' brings back those that need not. */
  readonly phase: 'try' | 'rank' | 'search' | 'trim';
  /** Models that were tried so far, those of a ranking included. */
  readonly trials: number;
  readonly last: Trial | undefined;
}

export interface ExcludeOptions extends AsyncOptions {
  /** Names of the layers that can be quantized, in the order of the graph. */
  readonly layers: readonly string[];
  readonly quantizeWithout: QuantizeWithout;
  readonly judge: (model: Model, options: AsyncOptions) => Promise<Verdict> | Verdict;
  /** The layers, the most sensitive first, where they are known or cheaper to find; default rankLayers by the judge's score. */
  readonly rank?: (() => Promise<readonly LayerSensitivity[]>) | undefined;
  /** What the budget is, for the error; such as 'at most 1 point lost'. */
  readonly budget?: string | undefined;
  readonly onProgress?: ((progress: ExclusionProgress) => void) | undefined;
}

export interface Exclusion {
  readonly model: Model;
  /** Layers left in float, in the order of the graph. */
  readonly excluded: readonly string[];
  readonly verdict: Verdict;
  /** The most sensitive first; empty if the budget held at once. */
  readonly ranking: readonly LayerSensitivity[];
  /** Every model that was judged, in that order; those of the ranking are not among them. */
  readonly history: readonly Trial[];
}

class Search {
  readonly history: Trial[] = [];
  ranking: readonly LayerSensitivity[] = [];
  readonly #options: ExcludeOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, Trial>();
  /** The latest model for which the budget held: the search ends with it, unless it meets a set of layers twice. */
  #held: { readonly trial: Trial; readonly model: Model } | undefined;
  #ranked = 0;

  constructor(options: ExcludeOptions, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Judges the model without some layers, once. */
  async try(phase: ExclusionProgress['phase'], excluded: ReadonlySet<string>): Promise<Trial> {
    const list = this.#options.layers.filter((layer) => excluded.has(layer));
    const key = JSON.stringify(list);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#signal?.throwIfAborted();
    const model = await this.#options.quantizeWithout(new Set(list));
    const { score, holds } = await this.#options.judge(model, { signal: this.#signal });
    const trial = { excluded: list, score, holds };
    this.#known.set(key, trial);
    this.history.push(trial);
    if (holds) this.#held = { trial, model };
    this.#report(phase, trial);
    return trial;
  }

  async modelOf(trial: Trial): Promise<Model> {
    if (this.#held?.trial === trial) return this.#held.model;
    return this.#options.quantizeWithout(new Set(trial.excluded));
  }

  async rank(): Promise<void> {
    const { rank, layers, quantizeWithout, judge } = this.#options;
    const byJudge = () =>
      rankLayers({
        layers,
        quantizeWithout,
        score: async (model, options) => (await judge(model, options)).score,
        accumulated: false,
        signal: this.#signal,
        onProgress: ({ done }) => {
          this.#ranked = done;
          this.#report('rank', undefined);
        },
      });
    this.ranking = await (rank ?? byJudge)();
  }

  /** The fewest of the most sensitive layers without which the budget holds, by bisection. */
  async fewest(): Promise<string[]> {
    const order = this.ranking.map(({ layer }) => layer);
    let [fails, holds] = [0, order.length];
    while (holds - fails > 1) {
      const middle = (fails + holds) >> 1;
      const trial = await this.try('search', new Set(order.slice(0, middle)));
      if (trial.holds) holds = middle;
      else fails = middle;
    }
    return order.slice(0, holds);
  }

  /** Brings back every layer that the budget does not need, the least sensitive first. */
  async trim(excluded: readonly string[]): Promise<ReadonlySet<string>> {
    const left = new Set(excluded);
    for (const layer of excluded.toReversed()) {
      left.delete(layer);
      if (!(await this.try('trim', left)).holds) left.add(layer);
    }
    return left;
  }

  #report(phase: ExclusionProgress['phase'], last: Trial | undefined): void {
    this.#options.onProgress?.({ phase, trials: this.history.length + this.#ranked, last });
  }
}

function budgetError({ budget = 'it' }: ExcludeOptions, { score }: Trial, ranking: readonly LayerSensitivity[]): Error {
  return onnxError(
    'ERR_BUDGET',
    `no quantized model holds the budget, ${budget}: with every layer in float the score is ${score}`,
    {
      node: ranking[0]?.layer,
      hint: 'Keep the float model, allow a larger loss, or quantize weights only.',
    },
  );
}

/**
 * Leaves the most sensitive layers in float until the budget holds: as few of them as a bisection over the ranking finds,
 * and of those only the ones that are needed. Layers that can stay quantized do, so the result may not be the smallest
 * possible, but no layer of it can be quantized alone. The same models and judge give the same result. With n layers and k
 * left in float, about n + log2(n) + k models are judged; one, if the budget holds at once.
 * @throws ERR_BUDGET if it does not hold with every layer in float, or only then; ERR_RANGE for layers that come twice; what
 *   quantizing and judging throw; the signal's reason
 */
export async function excludeUntil(options: ExcludeOptions): Promise<Exclusion> {
  const signal = signalOf(options);
  const { layers } = options;
  checkUnique(layers);
  const search = new Search(options, signal);
  let last = await search.try('try', new Set());
  if (!last.holds) {
    const float = await search.try('try', new Set(layers));
    if (!float.holds) throw budgetError(options, float, []);
    await search.rank();
    const excluded = await search.trim(await search.fewest());
    if (excluded.size === layers.length) throw budgetError(options, float, search.ranking);
    last = await search.try('trim', excluded);
  }
  const { excluded, score, holds } = last;
  const model = await search.modelOf(last);
  return { model, excluded, verdict: { score, holds }, ranking: search.ranking, history: search.history };
}
