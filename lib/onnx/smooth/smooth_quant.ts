// SmoothQuant for the products of a graph.
import { raiseRowMaxima, type SmoothingOptions, smoothingFactors } from '../../weights';
import { onnxError } from '../errors';
import { type Graph, GraphIndex, type Model, ModelTensor } from '../model';
import { GraphRewriter, matrixOf, type Product, tieWeights, valuesOf } from '../rewrite';
import { type Selection, settingsOf } from '../selection';
import { divideProducer } from './divide_producer';
import { scaleWeights } from './scaled_weights';
import { type SmoothingGroup, smoothingGroups } from './smoothing_groups';

export interface SmoothQuantOptions extends SmoothingOptions, Selection {}

export interface SmoothedModel {
  readonly model: Model;
  /** One sentence for each activation that was smoothed. */
  readonly changes: readonly string[];
}

/** The activations whose channels SmoothQuant needs the maxima of. */
export function tensorsToSmooth(model: Model, options: Selection = {}): string[] {
  return groupsOf(new GraphIndex(model.graph), options).map(({ tensor }) => tensor);
}

function groupsOf(index: GraphIndex, options: Selection): SmoothingGroup[] {
  const settings = settingsOf(options);
  const tables = tablesOf(index);
  const groups = smoothingGroups(index, (node) => settings(node).keep === 'float');
  return groups.filter(({ products }) => !products.some(({ weight }) => tables.has(weight.name)));
}

/** Constants that a Gather reads. */
function tablesOf(index: GraphIndex): ReadonlySet<string> {
  const gathers = index.graph.nodes.filter((node) => node.is('Gather'));
  const uses = gathers.map((node) => matrixOf(index, node.inputs[0] ?? ''));
  return new Set(uses.flatMap((use) => (use === undefined ? [] : [use.name])));
}

/**
 * Divides the channels of activations that products read by s[j] = max|x_j|^alpha / max|W_j|^(1 - alpha), and multiplies row
 * j of the weights by it: the outputs stay the same but for rounding, and outliers of activations no longer set the scale of
 * all channels (Xiao et al., "SmoothQuant", ICML 2023). The division goes where divideInputs says. Products with a table that
 * Gather reads, or its transpose, stay as they are: the two are stored once.
 *
 * @param model is not changed; its weights are float32
 * @param maxima the largest magnitude of each channel, of tensorsToSmooth(model); tensors that are missing stay as they are
 * @throws ERR_SHAPE for maxima of another number of channels; ERR_RANGE for alpha outside [0, 1]
 */
export function smoothQuant(
  model: Model,
  maxima: ReadonlyMap<string, Float32Array>,
  options: SmoothQuantOptions = {},
): SmoothedModel {
  const { model: result, divisions } = divideInputs(model, options, (group) => {
    const found = maxima.get(group.tensor);
    return found && factorsOf(group, found, options);
  });
  const changes = divisions.map(
    ({ tensor, folded }) => `'${tensor}' is smoothed ${folded ? 'by the weights before it' : 'by a Mul'}`,
  );
  return { model: result, changes };
}

/** How a tensor's channels were divided. */
export interface InputDivision {
  readonly tensor: string;
  /** What the products read now: the tensor itself where the division went into the weights before it. */
  readonly input: string;
  readonly folded: boolean;
  readonly factors: Float32Array;
}

/**
 * Divides the channels of activations that products read by factors, and multiplies the rows of these products' weights by
 * them. The division goes into the weights of what wrote the activations (normalizations, products, Mul by a constant) where
 * nothing else reads them, else a Mul is inserted.
 *
 * @param model is not changed; its weights are float32
 * @param factorsFor one factor greater than 0 for each channel; undefined for activations that stay as they are
 */
export function divideInputs(
  model: Model,
  options: Selection,
  factorsFor: (group: SmoothingGroup) => Float32Array | undefined,
): { readonly model: Model; readonly divisions: readonly InputDivision[] } {
  const result = model.clone();
  const divisions: InputDivision[] = [];
  for (const { tensor } of groupsOf(new GraphIndex(tied(model)), options)) {
    // What is folded into one product changes its weights: the next group must see them.
    const index = new GraphIndex(result.graph);
    const group = groupsOf(index, options).find((one) => one.tensor === tensor)!;
    const factors = factorsFor(group);
    if (factors !== undefined) divisions.push({ tensor, factors, ...divideGroup(result.graph, index, group, factors) });
  }
  return { model: result, divisions };
}

/** The graph with equal weights stored once, to see which are tables as well: the result keeps its constants as they were. */
function tied(model: Model): Graph {
  const { graph } = model.clone();
  tieWeights(graph);
  return graph;
}

function factorsOf({ tensor, k, products }: SmoothingGroup, maxima: Float32Array, options: SmoothingOptions) {
  if (maxima.length !== k)
    throw onnxError('ERR_SHAPE', `tensor '${tensor}' has ${k} channels, got maxima of ${maxima.length}`, { tensor });
  const weightMax = new Float32Array(k);
  for (const { weight, n } of products) raiseRowMaxima(weightMax, valuesOf(weight), n);
  return smoothingFactors(maxima, weightMax, options);
}

function divideGroup(graph: Graph, index: GraphIndex, group: SmoothingGroup, factors: Float32Array) {
  const rewriter = new GraphRewriter(graph);
  const readers = new Set(group.products.map(({ node }) => node));
  const alone = !index.isOutput(group.tensor) && index.uses(group.tensor).every(({ node }) => readers.has(node));
  const folded = alone && divideProducer(index, rewriter, group.tensor, factors);
  for (const product of group.products) scaleWeights(product, { rows: factors }, rewriter);
  const input = folded ? group.tensor : insertDivision(group, rewriter, factors);
  rewriter.finish();
  return { folded, input };
}

/** The name of the divided activations. */
function insertDivision({ tensor, k, products }: SmoothingGroup, rewriter: GraphRewriter, factors: Float32Array) {
  const inverse = rewriter.constant(`${tensor}_inverse`, () =>
    ModelTensor.of(
      'float32',
      [k],
      factors.map((factor) => 1 / factor),
    ),
  );
  const [first] = products as [Product];
  const divided = rewriter.insert(first.node, 'Mul', [tensor, inverse], { output: `${tensor}_smooth` });
  for (const { node } of products) node.inputs[0] = divided;
  return divided;
}
