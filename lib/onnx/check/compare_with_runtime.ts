// Compares what was predicted of a model with the graph that onnxruntime-node really builds of it.
import { GraphIndex, type Model, type Node } from '../model';
import { installedTarget } from '../targets';
import { checkModel } from './check_model';
import type { CheckResult, NodePrediction } from './check_result';
import { optimizedGraph, placeOf, withPlaceNames } from './optimized_graph';
import { isIntegerOperator } from './ort/integer_operators';
import { COPIES, SELECTIONS } from './ort/other_kernels';

/** What onnxruntime made of a node: the operator that runs, and whether on integers; or nothing that bears its name. */
export interface ActualNode {
  readonly node: string;
  readonly opType: string;
  readonly outcome: 'int8' | 'copy' | 'float' | 'gone';
  readonly kernel?: string | undefined;
}

export interface Disagreement {
  readonly node: string;
  readonly predicted: NodePrediction;
  readonly actual: ActualNode;
}

export interface RuntimeComparison {
  readonly predicted: CheckResult;
  readonly actual: {
    readonly nodes: readonly ActualNode[];
    /** How often each integer operator runs. */
    readonly kernels: Readonly<Record<string, number>>;
    /** All operators of the optimized graph. */
    readonly operators: Readonly<Record<string, number>>;
  };
  readonly agreement: {
    /** Nodes compared: all but Q, DQ and Constant nodes. */
    readonly nodes: number;
    readonly equal: number;
    /** The integer operators are the same, as often. */
    readonly kernelsEqual: boolean;
    readonly disagreements: readonly Disagreement[];
  };
}

const CONVERSIONS = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Constant']);
const INTEGERS = new Set(['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4']);

/** Does an operator of the optimized graph read integers? */
function readsIntegers(index: GraphIndex, node: Node, depth = 0): boolean {
  const [input = ''] = node.inputs;
  const constant = index.constant(input);
  if (constant !== undefined) return INTEGERS.has(constant.type);
  const producer = index.producer(input);
  if (producer === undefined) {
    const type = index.graph.inputs.find(({ name }) => name === input)?.type;
    return type?.kind === 'tensor' && INTEGERS.has(type.elementType ?? '');
  }
  if (producer.opType === 'QuantizeLinear' || producer.opType === 'DynamicQuantizeLinear') return true;
  if (writesIntegers(producer)) return true;
  return isCopy(producer.opType) && depth < index.graph.nodes.length && readsIntegers(index, producer, depth + 1);
}

/** QLinear operators do; QGemm where it has a scale for its output. */
function writesIntegers(node: Node): boolean {
  if (node.opType === 'QGemm') return (node.inputs[7] ?? '') !== '';
  return node.opType.startsWith('QLinear');
}

const MOVERS = new Set([
  ...COPIES,
  ...SELECTIONS,
  'ArgMax',
  'Concat',
  'DepthToSpace',
  'Identity',
  'Pad',
  'Split',
  'Where',
]);
const isCopy = (opType: string): boolean => MOVERS.has(opType);

function actualNode(index: GraphIndex, original: Node, found: Node | undefined): ActualNode {
  const base = { node: original.name || (original.outputs[0] ?? ''), opType: original.opType };
  if (found === undefined) return { ...base, outcome: 'gone' };
  if (isIntegerOperator(found.opType)) return { ...base, outcome: 'int8', kernel: found.opType };
  const copies = isCopy(found.opType) && readsIntegers(index, found);
  return { ...base, outcome: copies ? 'copy' : 'float', kernel: found.opType };
}

/** The node of the optimized graph that stands for each node of the model: by name, or by what it writes. */
function matchNodes(model: Model, optimized: Model): (Node | undefined)[] {
  const index = new GraphIndex(optimized.graph);
  const byPlace = new Map<number, Node>();
  for (const node of optimized.graph.nodes) {
    const place = placeOf(node.name);
    if (place !== undefined && !CONVERSIONS.has(node.opType) && !byPlace.has(place)) byPlace.set(place, node);
  }
  return model.graph.nodes.map((node, i) => {
    const named = byPlace.get(i);
    if (named !== undefined) return named;
    const writers = node.outputs.map((name) => index.producer(name)).filter((writer) => writer !== undefined);
    return writers.find(
      ({ name, opType }) => placeOf(name) === undefined && (isIntegerOperator(opType) || opType === node.opType),
    );
  });
}

function agree(predicted: NodePrediction, actual: ActualNode): boolean {
  switch (predicted.outcome) {
    case 'int8':
    case 'copy':
      return actual.outcome === predicted.outcome && actual.kernel === predicted.kernel;
    case 'folded':
      return actual.outcome === 'gone' || actual.outcome === 'int8';
    default:
      return actual.outcome === 'float' || actual.outcome === 'gone';
  }
}

function histogram(nodes: readonly Node[], isCounted: (node: Node) => boolean): Record<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) if (isCounted(node)) counts.set(node.opType, (counts.get(node.opType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface RuntimeOptions {
  /** Default: the one that is installed here. Another kind of CPU is imitated by what onnxruntime lets int8 activations do. */
  readonly target?: 'ort-x64' | 'ort-arm64' | 'ort-web' | undefined;
}

/** What onnxruntime decides by the kind of CPU that it was built for. */
const INT8_ALLOWED = 'session.qdqisint8allowed';

/**
 * Builds the model in onnxruntime-node, reads the graph that it optimized, and compares each node with the prediction for the
 * target.
 * @throws ERR_UNSUPPORTED without onnxruntime-node; ERR_FILE for a model that it refuses
 */
export async function compareWithRuntime(model: Model, options: RuntimeOptions = {}): Promise<RuntimeComparison> {
  const { target = installedTarget() } = options;
  const predicted = checkModel(model, target);
  const config = { [INT8_ALLOWED]: target === 'ort-arm64' ? '1' : '0' };
  const optimized = await optimizedGraph(withPlaceNames(model), { config });
  const index = new GraphIndex(optimized.graph);
  const matches = matchNodes(model, optimized);
  const nodes = model.graph.nodes.map((node, i) => actualNode(index, node, matches[i]));
  const compared = nodes.flatMap((actual, i) => {
    const one = predicted.nodes[i] as NodePrediction;
    return CONVERSIONS.has(actual.opType) ? [] : [{ node: actual.node, predicted: one, actual }];
  });
  const disagreements = compared.filter((one) => !agree(one.predicted, one.actual));
  const kernels = histogram(optimized.graph.nodes, ({ opType }) => isIntegerOperator(opType));
  return {
    predicted,
    actual: { nodes, kernels, operators: histogram(optimized.graph.nodes, () => true) },
    agreement: {
      nodes: compared.length,
      equal: compared.length - disagreements.length,
      kernelsEqual: JSON.stringify(kernels) === JSON.stringify(predicted.kernels),
      disagreements,
    },
  };
}
