// Leaves layers in float until what may be lost is not exceeded, and ranks layers by what they cost.
import { isOctavoError } from '../../errors';
import type { LayerDecision, QuantizedModel } from '../decisions';
import type { Model } from '../model';
import type { SensitivityRow } from '../report';
import { type Exclusion, excludeUntil, type LayerSensitivity, rankLayers } from '../sensitivity';
import type { Job, Made } from './job';
import type { Judge, Judgement } from './judge';
import { WEIGHTED } from './layer_rows';
import type { Maker } from './maker';

type Outcome = Omit<Made, 'maker'>;

/** Remembers what belongs to the models that are tried: the search sees models alone. */
class Trials {
  readonly #made = new WeakMap<Model, QuantizedModel>();
  readonly #judged = new WeakMap<Model, Judgement>();
  readonly #maker: Maker;
  readonly #judge: Judge;

  constructor(maker: Maker, judge: Judge) {
    this.#maker = maker;
    this.#judge = judge;
  }

  readonly quantizeWithout = async (excluded: ReadonlySet<string>): Promise<Model> => {
    const quantized = await this.#maker.quantize(excluded);
    this.#made.set(quantized.model, quantized);
    return quantized.model;
  };

  readonly judge = async (model: Model): Promise<{ score: number; holds: boolean }> => {
    const judgement = await this.#judge.judge(model);
    this.#judged.set(model, judgement);
    return { score: this.#judge.scoreOf(judgement), holds: judgement.held };
  };

  /** What is known of a model that this made; it is judged again where it was not. */
  async outcomeOf(model: Model): Promise<Pick<Outcome, 'quantized' | 'judgement'>> {
    const judgement = this.#judged.get(model) ?? (await this.#judge.judge(model));
    return { quantized: this.#made.get(model)!, judgement };
  }
}

/** Names of the layers that were quantized, in the order of the graph. */
const layersOf = (decisions: readonly LayerDecision[]): string[] => [
  ...new Set(decisions.filter(({ form }) => form !== 'float32').map(({ node }) => node)),
];

const finite = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

function rowsOf(
  ranking: readonly LayerSensitivity[],
  decisions: readonly LayerDecision[],
  excluded: readonly string[],
): SensitivityRow[] {
  const types = new Map(decisions.map(({ node, opType }) => [node, opType]));
  return ranking.map(({ layer, isolated, accumulated }) => ({
    name: layer,
    opType: types.get(layer) ?? '',
    isolated: finite(isolated),
    accumulated: finite(accumulated),
    excluded: excluded.includes(layer),
  }));
}

/** By the error of the outputs, which is cheaper than an evaluation; undefined without samples. */
function rankingBy(judge: Judge, trials: Trials, layers: readonly string[], { watch }: Job) {
  if (!judge.measures) return undefined;
  return (): Promise<LayerSensitivity[]> =>
    rankLayers({
      layers,
      quantizeWithout: trials.quantizeWithout,
      score: (model) => judge.sqnrOf(model),
      signal: watch.signal,
      onProgress: ({ done, total }) => watch.report('sensitivity', done, total),
    });
}

function budgetText({ maxDrop, minSqnr }: Job['options']): string {
  const limits = [
    ...(maxDrop === undefined ? [] : [`at most ${maxDrop} lost`]),
    ...(minSqnr === undefined ? [] : [`at least ${minSqnr} dB`]),
  ];
  return limits.join(' and ');
}

/** undefined where no model holds the budget. */
async function search(
  judge: Judge,
  trials: Trials,
  layers: readonly string[],
  job: Job,
): Promise<Exclusion | undefined> {
  try {
    return await excludeUntil({
      ...{ layers, quantizeWithout: trials.quantizeWithout, judge: trials.judge },
      rank: rankingBy(judge, trials, layers, job),
      budget: budgetText(job.options),
      signal: job.watch.signal,
      onProgress: ({ trials: done }) => job.watch.report('sensitivity', done),
    });
  } catch (error) {
    if (isOctavoError(error) && error.code === 'ERR_BUDGET') return undefined;
    throw error;
  }
}

/**
 * Quantizes; where that misses the budget, leaves the most sensitive layers in float until it holds. A budget that cannot be
 * held, or only without any layer with weights, gives the model with all layers quantized, whose judgement says so. Throws what quantizing and judging throw.
 */
export async function meetBudget(maker: Maker, judge: Judge, job: Job): Promise<Outcome> {
  const trials = new Trials(maker, judge);
  const first = await trials.quantizeWithout(new Set());
  await trials.judge(first);
  const plain = await trials.outcomeOf(first);
  const { decisions } = plain.quantized;
  const layers = layersOf(decisions);
  const { sensitivity: wanted } = job.options;
  if (plain.judgement.held || layers.length === 0) {
    const ranking = wanted ? await rankingBy(judge, trials, layers, job)?.() : undefined;
    return { ...plain, excluded: [], sensitivity: rowsOf(ranking ?? [], decisions, []) };
  }
  const found = await search(judge, trials, layers, job);
  const weighted = layersOf(decisions.filter(({ opType }) => WEIGHTED.has(opType)));
  if (found === undefined || weighted.every((layer) => found.excluded.includes(layer)))
    return { ...plain, excluded: [], sensitivity: [] };
  const { excluded, ranking, model } = found;
  return { ...(await trials.outcomeOf(model)), excluded, sensitivity: rowsOf(ranking, decisions, excluded) };
}
