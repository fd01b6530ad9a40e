// Q/DQ pairs that onnxruntime spreads over operators that only move data.
import { Node } from '../../model';
import { isDq, isQ, quantizationOf } from './quantization';
import type { WorkingGraph } from './working_graph';

const PROPAGATING = new Set(['MaxPool', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice']);

const propagates = (graph: WorkingGraph, node: Node | undefined): node is Node =>
  node !== undefined &&
  node.domain === '' &&
  PROPAGATING.has(node.opType) &&
  (node.opType !== 'MaxPool' || graph.model.opset >= 12);

/** Puts Q → DQ on a tensor, with the parameters of `like`; a DQ for every reader that is not a Q. */
function insertPair(graph: WorkingGraph, tensor: string, like: Node): void {
  const [, scale = '', zeroPoint] = like.inputs;
  const params = zeroPoint === undefined ? [scale] : [scale, zeroPoint];
  const uses = graph.uses(tensor).filter(({ node, input }) => input >= 0 && !isQ(node));
  const isOutput = graph.isOutput(tensor);
  const source = isOutput ? graph.freshName(tensor) : tensor;
  const producer = graph.producer(tensor);
  if (isOutput && producer !== undefined) graph.setOutput(producer, producer.outputs.indexOf(tensor), source);
  const quantized = graph.freshName(tensor);
  const attributes = like.attributes;
  const parts = { domain: like.domain, attributes };
  graph.add(new Node({ ...parts, opType: 'QuantizeLinear', inputs: [source, ...params], outputs: [quantized] }));
  const dequantize = (output: string) =>
    graph.add(new Node({ ...parts, opType: 'DequantizeLinear', inputs: [quantized, ...params], outputs: [output] }));
  if (isOutput) dequantize(tensor);
  for (const { node, input } of uses) {
    const output = graph.freshName(tensor);
    dequantize(output);
    graph.setInput(node, input, output);
  }
}

/** DQ → copy becomes DQ → copy → Q → DQ, on and on. */
export function propagateForward(graph: WorkingGraph): void {
  for (const dq of graph.nodes()) {
    const quantization = isDq(dq) ? quantizationOf(graph, dq) : undefined;
    if (quantization === undefined || !quantization.isConstant || !quantization.perTensor) continue;
    let copy = graph.onlyReader(dq.outputs[0]);
    const seen = new Set<Node>();
    while (propagates(graph, copy) && copy.inputs[0] !== undefined && !seen.has(copy)) {
      seen.add(copy);
      const [output = ''] = copy.outputs;
      const readers = graph.uses(output);
      const open = readers.filter(({ node, input }) => input >= 0 && !isQ(node));
      if (open.length === 0 && !(graph.isOutput(output) && readers.length === 0)) break;
      if (graph.isOutput(output) && readers.length > 0) break;
      insertPair(graph, output, dq);
      copy = open.length === 1 ? open[0]?.node : undefined;
    }
  }
}

/** copy → Q becomes Q → DQ → copy → Q, on and on. */
export function propagateBackward(graph: WorkingGraph): void {
  for (const q of graph.nodes()) {
    const quantization = isQ(q) ? quantizationOf(graph, q) : undefined;
    if (quantization === undefined || !quantization.isConstant || !quantization.perTensor) continue;
    let tensor = q.inputs[0] as string;
    const seen = new Set<string>();
    while (graph.onlyReader(tensor) !== undefined && !seen.has(tensor)) {
      seen.add(tensor);
      const copy = graph.producer(tensor);
      if (!propagates(graph, copy)) break;
      const before = copy.inputs[0] as string;
      if (graph.constant(before) !== undefined || isDq(graph.producer(before))) break;
      if (graph.producer(before) !== undefined && graph.onlyReader(before) === undefined) break;
      insertPair(graph, before, q);
      tensor = before;
    }
  }
}
