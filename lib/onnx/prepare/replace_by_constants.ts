// A node's results, known beforehand, take the node's place.
import type { ModelTensor, Node } from '../model';
import type { GraphEdit } from './graph_edit';

/** Graph outputs come from nodes: their values are not made constants. */
export const givesOutput = (edit: GraphEdit, node: Node): boolean =>
  edit.graph.outputs.some(({ name }) => node.outputs.includes(name));

export function replaceByConstants(edit: GraphEdit, node: Node, results: readonly ModelTensor[]): void {
  edit.remove(node);
  node.outputs.forEach((name, i) => {
    const result = results[i];
    if (name !== '' && result !== undefined) edit.graph.initializers.set(name, result);
  });
  edit.log(`${node.label} computed: its inputs are constant`);
}
