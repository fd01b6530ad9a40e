// Types and shapes of all tensors of a graph, as far as they follow from its inputs and constants.
import { makeError } from '../../errors';
import type { Dim, Graph, Model, ModelTensor, Node, ValueInfo, ValueType } from '../model';
import { ELEMENTWISE_RULES } from './elementwise_rules';
import { MATRIX_RULES } from './matrix_rules';
import { type Known, NodeView, type Rule } from './node_view';
import { QUANTIZE_RULES } from './quantize_rules';
import { REDUCE_RULES } from './reduce_rules';
import { RESIZE_RULES } from './resize_rules';
import { SELECTION_RULES } from './selection_rules';
import { SHAPE_RULES } from './shape_rules';
import { WINDOW_RULES } from './window_rules';

const RULES: ReadonlyMap<string, Rule> = new Map([
  ...ELEMENTWISE_RULES,
  ...SHAPE_RULES,
  ...SELECTION_RULES,
  ...RESIZE_RULES,
  ...REDUCE_RULES,
  ...MATRIX_RULES,
  ...WINDOW_RULES,
  ...QUANTIZE_RULES,
]);

/** Integer constants up to this many values take part in the computation of shapes. */
const LARGEST_SHAPE = 64;
/** The first operator set whose elementwise operators all broadcast as numpy does. */
const FIRST_OPSET = 7;

/** The dims that inputs are fed with, by name: they take the place of those that the model states. */
export type FeedsDims = Readonly<Record<string, readonly number[]>>;

function itemsOf(tensor: ModelTensor): readonly number[] | undefined {
  if ((tensor.type !== 'int64' && tensor.type !== 'int32') || tensor.dims.length > 1 || tensor.size > LARGEST_SHAPE)
    return undefined;
  return Array.from(tensor.array() as BigInt64Array | Int32Array, Number);
}

const knownOf = (tensor: ModelTensor): Known => ({
  elementType: tensor.type,
  dims: tensor.dims,
  items: itemsOf(tensor),
});

function inputOf({ name, type }: ValueInfo, fed: FeedsDims): Known {
  if (type === undefined || type.kind !== 'tensor') return {};
  const dims = Object.hasOwn(fed, name) ? fed[name] : undefined;
  if (dims !== undefined && type.dims !== undefined && dims.length !== type.dims.length)
    throw makeError('ERR_SHAPE', `input '${name}' has ${type.dims.length} dimensions, got [${dims.join(', ')}]`);
  return { elementType: type.elementType, dims: dims ?? type.dims };
}

/** Names in the model's inputs that a fed number takes the place of. */
function fedNames(inputs: readonly ValueInfo[], fed: FeedsDims): Map<string, number> {
  const names = new Map<string, number>();
  for (const { name, type } of inputs)
    if (type?.kind === 'tensor' && Object.hasOwn(fed, name))
      type.dims?.forEach((dim, i) => {
        if (typeof dim === 'string') names.set(dim, fed[name]?.[i] as number);
      });
  return names;
}

function constantLookup(graph: Graph): (name: string) => ModelTensor | undefined {
  const held = new Map<string, ModelTensor>();
  for (const node of graph.nodes) {
    const value = node.is('Constant') ? node.attributes.get('value') : undefined;
    if (value?.kind === 'tensor') held.set(node.outputs[0] as string, value.value);
  }
  return (name) => graph.initializers.get(name) ?? held.get(name);
}

const opsetOf = (model: Model, domain: string): number => model.opsets.get(domain) ?? 1;

/** Operators that octavo has no rule for: what the file says of their outputs, unless other dims are fed. */
function statedOutputs(graph: Graph, node: Node, fed: FeedsDims | undefined): Known[] {
  return node.outputs.map((name) => {
    const type = (graph.valueInfo.get(name) ?? graph.outputs.find((output) => output.name === name))?.type;
    if (type?.kind !== 'tensor') return {};
    return fed === undefined ? { elementType: type.elementType, dims: type.dims } : { elementType: type.elementType };
  });
}

/** Dims and values of small integer tensors, by the names of the tensors. */
export function inferKnown(model: Model, feedsDims?: FeedsDims): Map<string, Known> {
  const { graph } = model;
  const names = fedNames(graph.inputs, feedsDims ?? {});
  const known = new Map<string, Known>();
  const named = (dim: Dim): Dim => (typeof dim === 'string' ? (names.get(dim) ?? dim) : dim);
  for (const input of graph.inputs) {
    const { elementType, dims } = inputOf(input, feedsDims ?? {});
    known.set(input.name, { elementType, dims: dims?.map(named) });
  }
  for (const [name, tensor] of graph.initializers) known.set(name, knownOf(tensor));
  const constant = constantLookup(graph);
  for (const node of graph.nodes) {
    const opset = opsetOf(model, node.domain);
    const rule = node.domain !== '' || opset >= FIRST_OPSET ? RULES.get(keyOf(node)) : undefined;
    const view = new NodeView(node, { opset, known, constant });
    const outputs = rule === undefined ? statedOutputs(graph, node, feedsDims) : rule(view);
    node.outputs.forEach((name, i) => {
      const held = node.is('Constant') ? constant(name) : undefined;
      if (name !== '') known.set(name, held === undefined ? (outputs[i] ?? {}) : knownOf(held));
    });
  }
  return known;
}

const keyOf = (node: Node): string => (node.domain === '' ? node.opType : `${node.domain}:${node.opType}`);

/**
 * The type of every tensor of the main graph of which something is known: element type, rank and dimensions, with the
 * names of unknown dimensions carried along. Shapes that the graph computes are followed through its constants. Nothing is
 * guessed: what does not follow is unknown. `feedsDims` asks for the types under inputs of those dims.
 * @throws ERR_SHAPE if a fed input has another number of dimensions than the model states
 */
export function inferTypes(model: Model, feedsDims?: FeedsDims): Map<string, ValueType> {
  const types = new Map<string, ValueType>();
  for (const [name, { elementType, dims }] of inferKnown(model, feedsDims))
    if (elementType !== undefined || dims !== undefined) types.set(name, { kind: 'tensor', elementType, dims });
  return types;
}
