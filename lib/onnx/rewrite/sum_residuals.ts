// Residuals before layer normalizations, spelled so that onnxruntime keeps two fast kernels instead of one slow one.
import { type Graph, GraphIndex, type Node } from '../model';

/** Sum takes any number of inputs, and broadcasts, from here on. */
const LEAST_OPSET = 8;

/**
 * Turns each Add of two activations right before a layer normalization into a Sum of them, which computes the same. Of Add
 * and LayerNormalization onnxruntime makes SkipLayerNormalization, whose kernel for CPUs adds up one value after the other:
 * on x64 it takes four times what Sum and LayerNormalization take. Changes the graph; gives how many nodes changed.
 */
export function sumResiduals(graph: Graph, opset: number): number {
  if (opset < LEAST_OPSET) return 0;
  const index = new GraphIndex(graph);
  const residuals = graph.nodes.filter((node) => node.is('Add') && isResidual(node, index));
  for (const node of residuals) node.opType = 'Sum';
  return residuals.length;
}

function isResidual(node: Node, index: GraphIndex): boolean {
  if (node.inputs.some((name) => index.constant(name) !== undefined)) return false;
  // Between integers, the Add has a kernel of its own.
  if (node.inputs.some((name) => index.producer(name)?.is('DequantizeLinear'))) return false;
  const [output] = node.outputs as [string];
  const readers = index.uses(output).map((use) => use.node);
  return readers.some((one) => one.is('LayerNormalization') && one.inputs[0] === output) || isDecomposed(readers);
}

/** A layer normalization in its parts: the mean, and what is left without it. */
const isDecomposed = (readers: readonly Node[]): boolean =>
  readers.some((one) => one.is('ReduceMean')) && readers.some((one) => one.is('Sub'));
