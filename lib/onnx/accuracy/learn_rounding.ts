// Learned rounding: weights go up or down so that the layers' outputs change least, instead of the weights themselves.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import type { AnyQParams } from '../../quantize';
import type { LayerDecision, TensorParams } from '../decisions';
import { countOf, type ExecutorOptions, type FeedSource, floatsOf, openExecutor } from '../execute';
import { GraphIndex, type Model, type Node, type TensorValue } from '../model';
import { type WeightedLayer, weightedLayerOf } from '../prepare';
import { Gram } from './gram';
import { layerRows, rowLength } from './layer_rows';
import { roundLayer } from './round_layer';
import { isWeightType, type WeightType } from './weight_scales';

export interface LearnRoundingOptions extends AsyncOptions {
  /** Rows of inputs that each layer is fitted to, spread over the samples; default 4,096. */
  readonly rows?: number | undefined;
  /** Bytes that Gram matrices may take at a time: beyond, there are several passes over the samples; default 256 MiB. */
  readonly bytes?: number | undefined;
  readonly executor?: Pick<ExecutorOptions, 'kind' | 'threads'> | undefined;
  /** Called after each layer. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** A layer's weights that are about to be rounded. */
interface RoundRequest {
  readonly node: Node;
  /** The tensor's name. */
  readonly name: string;
  readonly params: AnyQParams;
}

/** Gives a layer's rounded weights, as many as it has; undefined for rounding to the nearest. */
export type LearnedRounding = (request: RoundRequest) => Int8Array | Uint8Array | undefined;

interface Job {
  readonly name: string;
  /** Layers that use the weights: more than one share them. */
  readonly layers: readonly WeightedLayer[];
  readonly params: TensorParams & { type: WeightType };
  readonly gram: () => Gram;
  readonly gramBytes: number;
}

const DEFAULT_ROWS = 4096;
const DEFAULT_BYTES = 2 ** 28;
/** Where a source does not say how many samples it has. */
const ASSUMED_SAMPLES = 64;
const FEWEST_ROWS = 8;

/** What there is to round: constant weights of Conv, Gemm and MatMul that a decision has parameters for. */
function jobsOf(model: Model, decisions: readonly LayerDecision[], bytes: number): Job[] {
  const index = new GraphIndex(model.graph);
  const layers = new Map<string, WeightedLayer[]>();
  for (const node of model.graph.nodes) {
    const layer = node.is('ConvTranspose') ? undefined : weightedLayerOf(node, (name) => index.constant(name));
    const name = node.inputs[1] as string;
    if (layer !== undefined) layers.set(name, [...(layers.get(name) ?? []), layer]);
  }
  const params = new Map(decisions.flatMap(({ tensors }) => Object.entries(tensors)));
  return Array.from(layers, ([name, users]): Job[] => {
    const [first] = users as [WeightedLayer];
    const found = params.get(name);
    const length = rowLength(first);
    const gramBytes = 4 * first.groups * length ** 2;
    const same = users.every(({ outputFirst, groups }) => outputFirst === first.outputFirst && groups === first.groups);
    if (found === undefined || !isWeightType(found.type) || gramBytes > bytes || !same) return [];
    const gram = () => new Gram(first.groups, length);
    return [{ name, layers: users, params: { ...found, type: found.type }, gram, gramBytes }];
  }).flat();
}

/** Jobs whose Gram matrices fit into memory at once. */
function groupsOf(jobs: readonly Job[], bytes: number): Job[][] {
  const groups: Job[][] = [];
  let left = 0;
  for (const job of jobs) {
    if (job.gramBytes > left) {
      groups.push([]);
      left = bytes;
    }
    groups.at(-1)?.push(job);
    left -= job.gramBytes;
  }
  return groups;
}

const asFloats = (value: TensorValue): TensorValue | undefined => {
  const data = floatsOf(value);
  return data && { type: 'float32', dims: value.dims, data };
};

/** The Gram matrices of a group of layers, in one pass over the samples. */
async function gramsOf(
  model: Model,
  samples: FeedSource,
  jobs: readonly Job[],
  options: LearnRoundingOptions,
): Promise<Gram[]> {
  const signal = signalOf(options);
  const grams = jobs.map(({ gram }) => gram());
  const inputs = new Set(jobs.flatMap(({ layers }) => layers.map(({ node }) => node.inputs[0] as string)));
  const perSample = Math.ceil((options.rows ?? DEFAULT_ROWS) / Math.max(countOf(samples) ?? ASSUMED_SAMPLES, 1));
  const executor = await openExecutor(model, { ...options.executor, outputs: [...inputs] });
  try {
    for await (const feeds of typeof samples === 'function' ? samples() : samples) {
      const values = await executor.run(feeds, { signal });
      jobs.forEach(({ layers }, j) => {
        for (const layer of layers) {
          const input = asFloats(values[layer.node.inputs[0] as string] as TensorValue);
          if (input !== undefined) grams[j]?.add(layerRows(layer, input, Math.max(perSample, FEWEST_ROWS)));
        }
      });
    }
  } finally {
    await executor.dispose();
  }
  return grams;
}

const sameParams = (a: TensorParams, b: AnyQParams): boolean =>
  a.type === b.type && a.scale.length === b.scale.length && a.scale.every((scale, i) => scale === b.scale[i]);

/**
 * Rounds the weights of all layers that a first quantization has chosen parameters for, and gives the function that hands
 * them to a second one of the same model and parameters; where those differ, it leaves the weights to the nearest. The
 * samples are iterated once for each group of layers that fits into memory.
 * @param model the prepared model
 * @param samples what calibration sees
 * @param decisions of the first quantization
 * @throws what running the model throws; the signal's reason
 */
export async function learnRounding(
  model: Model,
  samples: FeedSource,
  decisions: readonly LayerDecision[],
  options: LearnRoundingOptions = {},
): Promise<LearnedRounding> {
  const signal = signalOf(options);
  const bytes = options.bytes ?? DEFAULT_BYTES;
  const jobs = jobsOf(model, decisions, bytes);
  const learned = new Map<string, { readonly params: TensorParams; readonly values: Int8Array | Uint8Array }>();
  for (const group of groupsOf(jobs, bytes)) {
    const grams = await gramsOf(model, samples, group, options);
    for (const [i, { name, layers, params }] of group.entries()) {
      signal?.throwIfAborted();
      const gram = grams[i] as Gram;
      if (gram.rows > 0) learned.set(name, { params, values: roundLayer(layers[0] as WeightedLayer, gram, params) });
      options.onProgress?.({ done: learned.size, total: jobs.length });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return ({ name, params }) => {
    const found = learned.get(name);
    return found !== undefined && sameParams(found.params, params) ? found.values : undefined;
  };
}
