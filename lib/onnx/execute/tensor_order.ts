// Tensors in the order in which a model comes to know them.
import type { Graph } from '../model';

/** A place for each tensor of the main graph: inputs first, then what nodes write, in their order. */
export function tensorOrder(graph: Graph): ReadonlyMap<string, number> {
  const names = [...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  return new Map(names.filter((name) => name !== '').map((name, place) => [name, place]));
}
