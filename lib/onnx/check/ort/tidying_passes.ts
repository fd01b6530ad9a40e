// onnxruntime's passes that tidy a graph before it looks for integer kernels (its level 1), as far as they bear on that.
import { intOf, Node } from '../../model';
import { areEqualPairs, isDq, isQ, quantizationOf } from './quantization';
import type { WorkingGraph } from './working_graph';

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

/** Nodes that read constants only are computed when the model is loaded; DQ nodes are kept for the fusions. */
function foldConstants(graph: WorkingGraph): void {
  for (const node of graph.nodes()) {
    if (isDq(node) || UNFOLDABLE.has(node.opType) || node.graphs.length > 0) continue;
    if (!node.inputs.every((name) => name === '' || graph.constant(name) !== undefined)) continue;
    if (node.outputs.some((name) => graph.isOutput(name)) && !node.is('Constant')) continue;
    const tensor = node.is('Constant') ? node.attributes.get('value') : undefined;
    const source = isQ(node) ? graph.constant(node.inputs[0]) : undefined;
    for (const name of node.outputs)
      graph.declareConstant(
        name,
        tensor?.kind === 'tensor'
          ? { type: tensor.value.type, dims: tensor.value.dims, tensor: tensor.value }
          : { type: isQ(node) ? quantizationOf(graph, node).type : undefined, dims: source?.dims },
      );
    graph.decide(node, { outcome: 'folded' });
    graph.remove(node);
  }
}

/** What an input says, so that equal small constants of different names count as one. */
function inputKey(graph: WorkingGraph, name: string): string {
  const tensor = graph.constant(name)?.tensor;
  if (tensor === undefined || tensor.type === 'string' || tensor.size > 1) return name;
  return `${tensor.type}[${tensor.dims}]=${Buffer.from(tensor.bytes()).toString('hex')}`;
}

/** Q nodes of the same tensor with equal parameters become one, as do DQ nodes. */
function mergeEqualNodes(graph: WorkingGraph): void {
  const seen = new Map<string, Node>();
  for (const node of graph.nodes()) {
    if (!isQ(node) && !isDq(node)) continue;
    const inputs = node.inputs.map((name) => inputKey(graph, name));
    const key = JSON.stringify([node.opType, inputs, intOf(node, 'axis', 1), intOf(node, 'output_dtype', 0)]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, node);
    else if (!graph.isOutput(node.outputs[0])) {
      graph.redirect(node.outputs[0] as string, first.outputs[0] as string);
      graph.remove(node);
    }
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
}
