// onnxruntime's passes that tidy a graph before it looks for integer kernels (its level 1), as far as they bear on that.
import { type Attribute, attribute, intOf, intsOf, Node } from '../../model';
import { areEqualPairs, isDq, isQ, quantizationOf } from './quantization';
import type { Constant, WorkingGraph } from './working_graph';

/** Each DQ gets a copy for every node that reads it. */
export function separateReaders(graph: WorkingGraph): void {
  for (const dq of graph.nodes()) {
    if (!isDq(dq)) continue;
    const [name = ''] = dq.outputs;
    const uses = graph.uses(name).filter(({ input }) => input >= 0);
    const keepsFirst = !graph.isOutput(name);
    for (const { node, input } of keepsFirst ? uses.slice(1) : uses) {
      const copy = new Node({ ...dq, name: '', outputs: [graph.freshName(name)] });
      graph.add(copy, { before: node, origin: graph.origin(dq) });
      graph.setInput(node, input, copy.outputs[0] as string);
    }
  }
}

const PASSING = new Set(['Identity', 'Dropout']);

/** Identity and Dropout disappear where nobody outside reads what they write. */
function dropIdentities(graph: WorkingGraph): void {
  for (const node of graph.nodes()) {
    if (!PASSING.has(node.opType) || node.domain !== '') continue;
    const [output = ''] = node.outputs;
    if (graph.isOutput(output) || (node.outputs[1] ?? '') !== '') continue;
    graph.redirect(output, node.inputs[0] as string);
    graph.decide(node, { outcome: 'folded', into: undefined });
    graph.remove(node);
  }
}

const UNFOLDABLE = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

const KEEPING_TYPE = new Set(['Identity', 'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'Concat']);

/** What is known of a constant before it is computed. */
function foldedConstant(graph: WorkingGraph, node: Node): Constant {
  const tensor = node.is('Constant') ? node.attributes.get('value') : undefined;
  if (tensor?.kind === 'tensor') return { type: tensor.value.type, dims: tensor.value.dims, tensor: tensor.value };
  const source = graph.constant(node.inputs[0]);
  if (isQ(node)) return { type: quantizationOf(graph, node).type, dims: source?.dims };
  if (!KEEPING_TYPE.has(node.opType)) return { type: undefined, dims: undefined };
  const order = intsOf(node, 'perm', undefined);
  const dims = node.is('Transpose') ? permuted(source?.dims, order) : undefined;
  return { type: source?.type, dims: node.is('Identity') ? source?.dims : dims };
}

/** Dims in another order; without one, in the opposite. */
function permuted(
  dims: readonly number[] | undefined,
  order: readonly number[] | undefined,
): readonly number[] | undefined {
  return order === undefined ? dims?.toReversed() : order.map((from) => dims?.[from] ?? 0);
}

/** Nodes that read constants only are computed when the model is loaded; DQ nodes are kept for the fusions. */
function foldConstants(graph: WorkingGraph): void {
  for (const node of graph.nodes()) {
    if (isDq(node) || UNFOLDABLE.has(node.opType) || node.graphs.length > 0) continue;
    if (!node.inputs.every((name) => name === '' || graph.constant(name) !== undefined)) continue;
    if (node.outputs.some((name) => graph.isOutput(name)) && !node.is('Constant')) continue;
    const result = foldedConstant(graph, node);
    for (const name of node.outputs) graph.declareConstant(name, result);
    graph.decide(node, { outcome: 'folded' });
    graph.remove(node);
  }
}

/** Types whose single values onnxruntime stores once; others, such as zero points, count by their names. */
const SHARED_TYPES = new Set(['float32', 'float16', 'float64', 'bfloat16', 'int32', 'int64']);

/** What an input says, so that equal single values of different names count as one. */
function inputKey(graph: WorkingGraph, name: string): string {
  const tensor = graph.constant(name)?.tensor;
  if (tensor === undefined || !SHARED_TYPES.has(tensor.type) || tensor.size !== 1) return name;
  return `${tensor.type}[${tensor.dims}]=${Buffer.from(tensor.bytes()).toString('hex')}`;
}

const UNCOMPARED = new Set<Attribute['kind']>(['graph', 'graphs', 'tensor', 'other']);

/** What a node computes, as text; undefined where that cannot be said. */
function nodeKey(graph: WorkingGraph, node: Node): string | undefined {
  const attributes = [...node.attributes].sort(([a], [b]) => (a < b ? -1 : 1));
  if (attributes.some(([, { kind }]) => UNCOMPARED.has(kind)) || UNFOLDABLE.has(node.opType)) return undefined;
  const texts = attributes.map(([name, { kind, value }]) => `${name}:${kind}:${String(value)}`);
  return JSON.stringify([
    node.domain,
    node.opType,
    node.inputs.map((name) => inputKey(graph, name)),
    texts,
    node.outputs.length,
  ]);
}

/** Nodes that compute the same become one. */
function mergeEqualNodes(graph: WorkingGraph): void {
  const seen = new Map<string, Node>();
  for (const node of graph.nodes()) {
    const key = nodeKey(graph, node);
    const first = key === undefined ? undefined : seen.get(key);
    if (first === undefined) {
      if (key !== undefined) seen.set(key, node);
    } else if (!node.outputs.some((name) => graph.isOutput(name))) {
      node.outputs.forEach((name, i) => {
        graph.redirect(name, first.outputs[i] as string);
      });
      graph.decide(node, { outcome: 'folded', into: graph.origin(first) });
      graph.remove(node);
    }
  }
}

/** A Transpose of constant integers behind a DQ is done when the model is loaded, unless they lie in blocks. */
function foldWeightTransposes(graph: WorkingGraph): void {
  for (const transpose of graph.nodes()) {
    const dq = transpose.is('Transpose') ? graph.producer(transpose.inputs[0]) : undefined;
    const weights = isDq(dq) ? graph.constant(dq.inputs[0]) : undefined;
    if (!isDq(dq) || weights?.dims === undefined || intOf(dq, 'block_size', 0) !== 0) continue;
    const { dims } = weights;
    const order = intsOf(transpose, 'perm', undefined) ?? dims.map((_, i) => dims.length - 1 - i);
    const name = graph.freshName(dq.inputs[0] as string);
    graph.declareConstant(name, { type: weights.type, dims: permuted(dims, order) });
    const axis = intOf(dq, 'axis', 1);
    const attributes = { axis: attribute.int(order.indexOf(axis < 0 ? axis + dims.length : axis)) };
    graph.decide(transpose, { outcome: 'folded' });
    graph.remove(transpose);
    const inputs = [name, ...dq.inputs.slice(1)];
    const moved = new Node({ ...dq, name: '', inputs, outputs: transpose.outputs, attributes });
    graph.add(moved, { before: dq, origin: graph.origin(dq) });
  }
}

/** A constant branch of a Where beside a quantized one gets a DQ. */
function quantizeWhereConstants(graph: WorkingGraph): void {
  for (const where of graph.nodes()) {
    if (!where.is('Where') || !isQ(graph.onlyReader(where.outputs[0]))) continue;
    const branches = [1, 2].map((input) => ({ input, dq: graph.producer(where.inputs[input]) }));
    const constant = branches.find(({ input }) => graph.constant(where.inputs[input])?.dims?.length === 0);
    const other = branches.find((branch) => branch !== constant)?.dq;
    if (constant === undefined || !isDq(other) || !quantizationOf(graph, other).hasZeroPoint) continue;
    const { type } = quantizationOf(graph, other);
    const [integers, output] = [graph.freshName('where'), graph.freshName('where')];
    graph.declareConstant(integers, { type, dims: [] });
    const inputs = [integers, ...other.inputs.slice(1)];
    graph.add(new Node({ opType: 'DequantizeLinear', inputs, outputs: [output] }), { before: where });
    graph.setInput(where, constant.input, output);
  }
}

/** Q → DQ → Q → DQ, each read once and per tensor with one type, loses the two in the middle. */
function dropDoublePairs(graph: WorkingGraph): void {
  for (const dq of graph.nodes()) {
    if (!graph.has(dq) || !isDq(dq)) continue;
    const first = graph.producer(dq.inputs[0]);
    const second = graph.onlyReader(dq.outputs[0]);
    if (!isQ(first) || !isQ(second) || graph.onlyReader(first.outputs[0]) !== dq) continue;
    const last = graph.onlyReader(second.outputs[0]);
    if (!isDq(last)) continue;
    const [a, b, c, d] = [first, dq, second, last].map((node) => quantizationOf(graph, node));
    if (!a || !b || !c || !d || !areEqualPairs(a, b) || !areEqualPairs(c, d) || b.type !== c.type) continue;
    if (b.type !== 'uint8' && b.type !== 'int8') continue;
    graph.remove(second);
    graph.remove(dq);
    graph.setInput(last, 0, first.outputs[0] as string);
  }
}

/** What onnxruntime does before its fusions, in its order. */
export function tidy(graph: WorkingGraph): void {
  dropIdentities(graph);
  dropDoublePairs(graph);
  mergeEqualNodes(graph);
  foldConstants(graph);
  foldWeightTransposes(graph);
  quantizeWhereConstants(graph);
}
