// Without samples: ranges of tensors and corrections of biases from the statistics of batch normalizations. M. Nagel et al.,
// Data-Free Quantization Through Weight Equalization and Bias Correction, 2019.
import type { LayerDecision } from '../decisions';
import { intsOf, type Model } from '../model';
import { biasOf, type ChannelStatistics, eachKernel, GraphEdit, layerAt, type WeightedLayer } from '../prepare';
import { biasPlaces, shiftBiases } from './bias_places';
import { MOMENT_RULES } from './moment_rules';
import { at, type Moments, mergeMoments, rangeWithin, uniform } from './moments';
import { isWeightType, scaleIndex } from './weight_scales';

export interface DataFreeOptions {
  /** As prepare, and equalize after it, give them. */
  readonly statistics?: ReadonlyMap<string, ChannelStatistics> | undefined;
  /** Ranges of the graph inputs, by name. */
  readonly inputs?: Readonly<Record<string, { readonly min: number; readonly max: number }>> | undefined;
  /** Deviations that a range reaches on both sides of a channel's mean; default 6. */
  readonly deviations?: number | undefined;
}

const DEFAULT_DEVIATIONS = 6;

/** Moments of one layer's inputs: flattened channels come several times each. */
function forInputs(input: Moments, { inputs }: WeightedLayer): Moments {
  const channels = input.mean.length;
  if (channels === 1 || channels === inputs) return input;
  if (inputs % channels !== 0) return mergeMoments(input);
  const repeat = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: inputs }, (_, i) => values[Math.floor((i * channels) / inputs)] as number);
  return { ...input, mean: repeat(input.mean), std: repeat(input.std) };
}

/** A layer's output, whose terms are taken to be independent. */
function layerMoments(edit: GraphEdit, layer: WeightedLayer, given: Moments): Moments {
  const input = forInputs(given, layer);
  const bias = biasOf(edit, layer);
  const mean = Float64Array.from({ length: layer.outputs }, (_, o) => bias?.[o] ?? 0);
  const variance = new Float64Array(layer.outputs);
  const weights = layer.weight.floats();
  // Strides spread what a transposed convolution sums over as many outputs.
  const { node } = layer;
  const share = node.is('ConvTranspose')
    ? 1 / intsOf(node, 'strides', []).reduce((product, stride) => product * stride, 1)
    : 1;
  eachKernel(layer, (from, output, i) => {
    for (let k = from; k < from + layer.kernel; k++) {
      const weight = weights[k] as number;
      mean[output] = (mean[output] as number) + share * weight * at(input.mean, i);
      variance[output] = (variance[output] as number) + share * (weight * at(input.std, i)) ** 2;
    }
  });
  return { mean, std: variance.map(Math.sqrt), low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

const ofStatistics = ({ mean, std }: ChannelStatistics): Moments => ({
  mean: Float64Array.from(mean),
  std: Float64Array.from(std),
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
});

/** Moments of all tensors that some can be found for. */
function momentsOf(edit: GraphEdit, { statistics = new Map(), inputs = {} }: DataFreeOptions): Map<string, Moments> {
  const found = new Map<string, Moments>();
  for (const [name, { min, max }] of Object.entries(inputs)) found.set(name, uniform(min, max));
  const of = (name: string | undefined): Moments | undefined => found.get(name ?? '');
  for (const node of edit.nodes()) {
    const name = node.outputs[0] as string;
    const known = statistics.get(name);
    const layer = layerAt(edit, node);
    const input = of(node.inputs[0]);
    const rule = node.domain === '' ? MOMENT_RULES.get(node.opType) : undefined;
    const moments =
      known !== undefined
        ? ofStatistics(known)
        : layer !== undefined
          ? input && layerMoments(edit, layer, input)
          : rule?.(node, { edit, of });
    if (moments === undefined) continue;
    for (const output of node.outputs) if (output !== '') found.set(output, moments);
  }
  return found;
}

/**
 * Ranges of the tensors of a prepared model that follow without samples: from the statistics of batch normalizations,
 * carried on through the other operators as if values were normal and independent. Tensors about which nothing is known
 * have none; `inputs` says what is fed.
 */
export function dataFreeRanges(
  model: Model,
  options: DataFreeOptions = {},
): Map<string, { readonly min: number; readonly max: number }> {
  const ranges = new Map<string, { min: number; max: number }>();
  for (const [name, moments] of momentsOf(new GraphEdit(model.clone()), options)) {
    const range = rangeWithin(moments, options.deviations ?? DEFAULT_DEVIATIONS);
    if (Number.isFinite(range.min) && Number.isFinite(range.max)) ranges.set(name, range);
  }
  return ranges;
}

/** What rounding to the nearest makes of a layer's weights, minus the weights. */
function weightErrors(layer: WeightedLayer, decisions: readonly LayerDecision[]): Float64Array | undefined {
  const name = layer.node.inputs[1] as string;
  const params = decisions.map(({ tensors }) => tensors[name]).find((found) => found !== undefined);
  if (params === undefined || !isWeightType(params.type)) return undefined;
  const indexOf = scaleIndex(layer.weight.dims, params);
  return Float64Array.from(layer.weight.floats(), (weight, i) => {
    const scale = params.scale[indexOf(i)] as number;
    return Math.round(weight / scale) * scale - weight;
  });
}

/**
 * A copy of a prepared model whose biases make up for what rounding the weights shifts on average, found without samples:
 * the errors of the weights times the expected inputs.
 * @param decisions of a first quantization, which has chosen the scales
 */
export function correctBiasDataFree(
  model: Model,
  decisions: readonly LayerDecision[],
  options: DataFreeOptions = {},
): Model {
  const edit = new GraphEdit(model.clone());
  const moments = momentsOf(edit, options);
  const places = biasPlaces(model);
  const layers = new Map(edit.nodes().map((node) => [node.name, layerAt(edit, node)]));
  const shifts = places.map(({ node, channels }) => {
    const shift = new Float64Array(channels);
    const layer = layers.get(node);
    const given = layer && moments.get(layer.node.inputs[0] as string);
    const errors = layer && weightErrors(layer, decisions);
    if (layer === undefined || given === undefined || errors === undefined) return shift;
    const { mean } = forInputs(given, layer);
    eachKernel(layer, (from, output, input) => {
      for (let k = from; k < from + layer.kernel; k++)
        shift[output] = (shift[output] as number) - (errors[k] as number) * at(mean, input);
    });
    return shift;
  });
  return shiftBiases(model, places, shifts);
}
