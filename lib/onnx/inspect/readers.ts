// Which node a constant is for: past the Q, DQ and copies that stand in between.
import type { GraphIndex, Node } from '../model';

const PASSED = new Set([
  'QuantizeLinear',
  'DequantizeLinear',
  'Transpose',
  'Reshape',
  'Identity',
  'Cast',
  'Squeeze',
  'Unsqueeze',
]);

export interface Reader {
  readonly node: Node;
  readonly input: number;
}

/** The first node that computes with a tensor; undefined where nothing reads it. */
export function readerOf(index: GraphIndex, name: string): Reader | undefined {
  let [use] = index.uses(name);
  for (let steps = 0; use !== undefined && steps < index.graph.nodes.length; steps++) {
    const { node, input } = use;
    if (!PASSED.has(node.opType) || input !== 0) return { node, input };
    [use] = index.uses(node.outputs[0] ?? '');
  }
  return use;
}
