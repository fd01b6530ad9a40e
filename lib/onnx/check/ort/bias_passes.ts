// Float biases and weights that onnxruntime quantizes by itself beside quantized inputs.
import { intOf, Node } from '../../model';
import { isDq, isQ, isScalar, quantizationOf } from './quantization';
import type { WorkingGraph } from './working_graph';

const BIASED = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** Does a Q follow, with at most Relu and Clip in between, each read once? */
function leadsToQ(graph: WorkingGraph, node: Node): boolean {
  let reader = node.outputs.length === 1 ? graph.uses(node.outputs[0]) : [];
  const seen = new Set<Node>();
  while (reader.length === 1) {
    const [use] = reader;
    if (isQ(use?.node)) return true;
    if ((use?.node.opType !== 'Relu' && use?.node.opType !== 'Clip') || seen.has(use.node)) return false;
    seen.add(use.node);
    reader = graph.uses(use.node.outputs[0]);
  }
  return false;
}

function fitsBias(graph: WorkingGraph, node: Node, dq: Node, bias: string): boolean {
  const { scale, axis, block } = quantizationOf(graph, dq);
  if (isScalar(scale)) return true;
  const dims = graph.constant(dq.inputs[0])?.dims;
  if (block !== 0 || scale?.dims?.length !== 1 || scale.dims[0] !== graph.constant(bias)?.dims?.[0]) return false;
  const expected = node.opType === 'Gemm' && intOf(node, 'transB', 0) === 0 ? 1 : 0;
  return (axis < 0 && dims !== undefined ? axis + dims.length : axis) === expected;
}

/** Float biases, and float weights beside quantized inputs, get the DQ that a kernel needs. */
export function quantizeWeightsAndBiases(graph: WorkingGraph): void {
  for (const node of graph.nodes()) {
    if (!BIASED.has(node.opType) || node.domain !== '') continue;
    const input = graph.producer(node.inputs[0]);
    if (!isDq(input) || !isScalar(graph.constant(input.inputs[1])) || !leadsToQ(graph, node)) continue;
    const [, weight = '', bias = ''] = node.inputs;
    const dq = graph.producer(weight);
    const hasFloatWeight = graph.constant(weight)?.type === 'float32';
    if (!isDq(dq) && !hasFloatWeight) continue;
    const constant = graph.constant(bias);
    if (bias !== '' && constant?.dims?.length !== 1) continue;
    if (isDq(dq) && (bias === '' || !fitsBias(graph, node, dq, bias))) continue;
    if (hasFloatWeight) insertConstantDq(graph, node, 1, 'int8');
    if (bias !== '') insertConstantDq(graph, node, 2, 'int32');
  }
}

function insertConstantDq(graph: WorkingGraph, node: Node, input: number, type: 'int8' | 'int32'): void {
  const name = node.inputs[input] as string;
  const [integers, scale, output] = [graph.freshName(name), graph.freshName(name), graph.freshName(name)];
  graph.declareConstant(integers, { type, dims: graph.constant(name)?.dims });
  graph.declareConstant(scale, { type: 'float32', dims: [] });
  graph.add(new Node({ opType: 'DequantizeLinear', inputs: [integers, scale], outputs: [output] }), { before: node });
  graph.setInput(node, input, output);
}
