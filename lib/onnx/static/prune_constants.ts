// Leaves out constants that nothing reads any more.
import { capturedBy, type Graph } from '../model';

export function pruneConstants(graph: Graph): void {
  const read = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) for (const name of [...node.inputs, ...capturedBy(node)]) read.add(name);
  for (const name of graph.initializers.keys()) if (!read.has(name)) graph.initializers.delete(name);
  graph.nodes = graph.nodes.filter((node) => !node.is('Constant') || node.outputs.some((name) => read.has(name)));
}
