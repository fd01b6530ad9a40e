// Cross-layer equalization: M. Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019.
import { type Model, ModelTensor } from '../model';
import { biasOf, type ChannelStatistics, eachKernel, GraphEdit, setBias, type WeightedLayer } from '../prepare';
import { type LayerPair, layerPairs } from './layer_pairs';

export interface EqualizeOptions {
  /** As prepare gives them: those of tensors that are scaled come back scaled. */
  readonly statistics?: ReadonlyMap<string, ChannelStatistics> | undefined;
}

export interface EqualizedModel {
  readonly model: Model;
  /** What was changed, one sentence each. */
  readonly changes: readonly string[];
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
}

/** Sweeps over all pairs, which settle soon; chains of pairs hand factors on. */
const MOST_SWEEPS = 20;
const SETTLED = 1e-2;
/** Channels that are nearly nothing are not blown up without end. */
const LARGEST_FACTOR = 2 ** 12;

type Weights = Map<WeightedLayer['node'], Float64Array>;

interface Range {
  readonly layer: WeightedLayer;
  readonly weights: Float64Array;
  readonly side: 'input' | 'output';
  /** Channels that count as one. */
  readonly spread: number;
}

/** The largest magnitude of the weights of each channel. */
function rangesOf({ layer, weights, side, spread }: Range): Float64Array {
  const ranges = new Float64Array(layer[`${side}s`] / spread);
  eachKernel(layer, (at, output, input) => {
    const channel = Math.floor((side === 'output' ? output : input) / spread);
    for (let i = at; i < at + layer.kernel; i++)
      ranges[channel] = Math.max(ranges[channel] as number, Math.abs(weights[i] as number));
  });
  return ranges;
}

function scale({ layer, weights, side, spread }: Range, factor: (channel: number) => number): void {
  eachKernel(layer, (at, output, input) => {
    const by = factor(Math.floor((side === 'output' ? output : input) / spread));
    for (let i = at; i < at + layer.kernel; i++) weights[i] = (weights[i] as number) * by;
  });
}

/** Divides the first layer's outputs and multiplies the second's inputs so that both ranges are equal. */
function balance({ first, second, spread }: LayerPair, weights: Weights, total: Float64Array): number {
  const out: Range = { layer: first, weights: weights.get(first.node)!, side: 'output', spread: 1 };
  const into: Range = { layer: second, weights: weights.get(second.node)!, side: 'input', spread };
  const [a, b] = [rangesOf(out), rangesOf(into)];
  const factors = a.map((range, c) => {
    const factor = Math.sqrt(range / (b[c] as number));
    const limited = Math.min(Math.max((total[c] as number) * factor, 1 / LARGEST_FACTOR), LARGEST_FACTOR);
    return range > 0 && (b[c] as number) > 0 ? limited / (total[c] as number) : 1;
  });
  scale(out, (channel) => 1 / (factors[channel] as number));
  scale(into, (channel) => factors[channel] as number);
  factors.forEach((factor, c) => {
    total[c] = (total[c] as number) * factor;
  });
  return Math.max(0, ...factors.map((factor) => Math.abs(Math.log(factor))));
}

const divided = (values: ArrayLike<number>, by: Float64Array): Float32Array<ArrayBuffer> =>
  Float32Array.from(values, (value, c) => value / (by[c] as number));

/** Writes what changed beside the weights: biases, shifts, and names, for the tensors in between have other values now. */
function settle(
  edit: GraphEdit,
  pair: LayerPair,
  factors: Float64Array,
  statistics: Map<string, ChannelStatistics>,
): void {
  const { first, second, path, shifts } = pair;
  const bias = biasOf(edit, first);
  if ((first.node.inputs[2] ?? '') !== '' && bias !== undefined) setBias(edit, first, divided(bias, factors));
  for (const { node, input, values } of shifts) {
    const old = edit.constant(node.inputs[input]) as ModelTensor;
    const dims = old.size === 1 ? [values.length] : old.dims;
    const name = edit.addConstant(
      `${node.inputs[input]}_equalized`,
      ModelTensor.of('float32', dims, divided(values, factors)),
    );
    edit.setInput(node, input, name);
  }
  for (const node of [first.node, ...path]) {
    const old = node.outputs[0] as string;
    const name = edit.freshName(`${old}_equalized`);
    edit.renameOutput(node, 0, name);
    edit.redirect(old, name);
    const known = statistics.get(old);
    if (known !== undefined)
      statistics.set(name, { mean: divided(known.mean, factors), std: divided(known.std, factors) });
  }
  edit.log(`channels between ${first.node.label} and ${second.node.label} equalized`);
}

/** False where a bias is no constant of the channels, which could not be scaled, or a shift of one value would need dims. */
const canScale = (edit: GraphEdit, { first, shifts }: LayerPair): boolean =>
  ((first.node.inputs[2] ?? '') === '' || biasOf(edit, first) !== undefined) &&
  shifts.every(
    ({ node, input }) => edit.constant(node.inputs[input])?.size !== 1 || !first.node.opType.startsWith('Conv'),
  );

/**
 * A new model that computes the same up to the rounding of float32, in which neighbouring layers share the range of each
 * channel: one scale for a tensor of weights or activations then fits all its channels. Factors move between Conv,
 * ConvTranspose, Gemm and MatMul, through Relu, LeakyRelu, PRelu, pools and Flatten. Tensors whose values change get new
 * names.
 * @param model a prepared model
 */
export function equalize(model: Model, options: EqualizeOptions = {}): EqualizedModel {
  const edit = new GraphEdit(model.clone());
  const pairs = layerPairs(edit).filter((pair) => canScale(edit, pair));
  const layers = new Map(pairs.flatMap(({ first, second }) => [first, second]).map((layer) => [layer.node, layer]));
  const weights: Weights = new Map(
    Array.from(layers, ([node, { weight }]) => [node, Float64Array.from(weight.floats())]),
  );
  const totals = pairs.map(({ first }) => new Float64Array(first.outputs).fill(1));
  for (let sweep = 0, change = 1; sweep < MOST_SWEEPS && change > SETTLED; sweep++)
    change = Math.max(0, ...pairs.map((pair, i) => balance(pair, weights, totals[i]!)));
  for (const [node, values] of weights) {
    const tensor = ModelTensor.of('float32', layers.get(node)!.weight.dims, Float32Array.from(values));
    edit.graph.initializers.set(node.inputs[1] as string, tensor);
  }
  const statistics = new Map(options.statistics);
  pairs.forEach((pair, i) => {
    settle(edit, pair, totals[i]!, statistics);
  });
  edit.flush();
  return { model: edit.model, changes: edit.changes, statistics };
}
