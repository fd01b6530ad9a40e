// Compares two models on the same samples: tensor by tensor, by their outputs, and by speed.
import { type AsyncOptions, signalOf } from '../../abort_signal';
import { onnxError } from '../errors';
import {
  type ExecutorKind,
  type ExecutorOptions,
  type FeedSource,
  feedQuantizer,
  groupTensors,
  onnxruntimeVersion,
  type PassProgress,
  runPasses,
} from '../execute';
import type { Feeds, Model } from '../model';
import { Comparison, type LayerComparison, type OutputComparison } from './comparison';
import { pairTensors, type TensorPair } from './counterparts';
import { measureSpeed, type SpeedComparison, type SpeedOptions } from './measure_speed';
import { type Group, ModelPair } from './model_pair';

export interface CompareOptions extends AsyncOptions {
  /** True (default): every tensor that both models have; false: their outputs alone; or the names of some. */
  readonly layers?: boolean | readonly string[] | undefined;
  /** The SQNR in dB below which tensors have diverged; default 20. */
  readonly divergence?: number | undefined;
  /** Default true: times both where onnxruntime-node is installed. */
  readonly speed?: boolean | Pick<SpeedOptions, 'threads' | 'milliseconds'> | undefined;
  readonly executor?: Pick<ExecutorOptions, 'kind' | 'threads'> | undefined;
  readonly maxRunBytes?: number | undefined;
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
}

export interface ModelComparison {
  readonly samples: number;
  readonly runtime: ExecutorKind;
  /** In the order of a's graph. */
  readonly layers: readonly LayerComparison[];
  /** The first of the layers whose SQNR lies below `divergence`. */
  readonly firstDivergence: LayerComparison | undefined;
  readonly outputs: readonly OutputComparison[];
  /** undefined where it was not asked for, or onnxruntime-node is not installed. */
  readonly speed: SpeedComparison | undefined;
}

function chosen(pairs: readonly TensorPair[], layers: CompareOptions['layers']): readonly TensorPair[] {
  if (layers === false) return [];
  if (!Array.isArray(layers)) return pairs;
  const missing = layers.find((name) => !pairs.some(({ tensor }) => tensor === name));
  if (missing === undefined) return pairs.filter(({ tensor }) => layers.includes(tensor));
  throw onnxError('ERR_RANGE', `the models have no tensor '${missing}' in common`, { tensor: missing });
}

function outputPairs(a: Model, pairs: readonly TensorPair[], b: Model): TensorPair[] {
  return a.graph.outputs.map(({ name }) => {
    const pair = pairs.find(({ tensor }) => tensor === name);
    if (pair === undefined || !b.graph.outputs.some((output) => output.name === name))
      throw onnxError('ERR_RANGE', `output '${name}' is not in both models`, { tensor: name });
    return pair;
  });
}

async function speedOf(a: Model, b: Model, feeds: Feeds, { speed = true, signal }: CompareOptions) {
  if (speed === false || (await onnxruntimeVersion()) === undefined) return undefined;
  return measureSpeed(a, b, feeds, { ...(speed === true ? {} : speed), signal });
}

/** What is run in each pass: the outputs first, then as many layers as fit into memory with both models'. */
function planOf(a: Model, outputs: Group, layers: Group, feeds: Feeds, maxRunBytes: number | undefined): Group[][] {
  const names = layers.pairs.map(({ tensor }) => tensor);
  const groups = groupTensors(a, names, feeds, maxRunBytes === undefined ? undefined : maxRunBytes / 2);
  const byName = new Map(layers.pairs.map((pair) => [pair.tensor, pair]));
  const passes = groups.map((group) => [{ ...layers, pairs: group.map((name) => byName.get(name)!) }]);
  return [[outputs, ...(passes[0] ?? [])], ...passes.slice(1)];
}

/**
 * Runs both models on the samples. Layers are compared with every node run as it stands, outputs and speed as the runtime
 * optimizes the models. Memory does not grow with the number of samples.
 * @param b a model with the same inputs and outputs, such as a quantized form of a; inputs and outputs of integers are
 *   quantized and dequantized
 * @throws ERR_NO_CALIBRATION_DATA without samples; ERR_RANGE for models whose outputs have other names; what the models and
 *   the source throw; the signal's reason
 */
export async function compareModels(
  a: Model,
  b: Model,
  samples: FeedSource,
  options: CompareOptions = {},
): Promise<ModelComparison> {
  const signal = signalOf(options);
  const { divergence = 20, executor, maxRunBytes, onProgress } = options;
  const { pairs, other } = pairTensors(a, b);
  const comparison = new Comparison();
  const layers: Group = { pairs: chosen(pairs, options.layers), optimization: 'disabled', add: comparison.addLayer };
  const outputs: Group = { pairs: outputPairs(a, pairs, b), optimization: 'all', add: comparison.addOutput };
  const models = { a, b: other, feedsOfB: feedQuantizer(b) };
  let [first, runtime]: [Feeds | undefined, ExecutorKind] = [undefined, 'reference'];
  const count = await runPasses<Group, ModelPair>(samples, {
    plan: (feeds) => {
      first = feeds;
      return planOf(a, outputs, layers, feeds, maxRunBytes);
    },
    open: async (group) => {
      const pair = await ModelPair.open(group, models, executor);
      runtime = pair.kind;
      return pair;
    },
    use: (pair, item) => pair.run(item),
    onProgress,
    signal,
  });
  if (first === undefined) throw onnxError('ERR_NO_CALIBRATION_DATA', 'there are no samples to compare the models on');
  const compared = comparison.layers;
  return {
    samples: count,
    runtime,
    layers: compared,
    firstDivergence: compared.find(({ sqnr }) => sqnr < divergence),
    outputs: comparison.outputs,
    speed: await speedOf(a, b, first, options),
  };
}
