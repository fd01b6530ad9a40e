// Constants: dims, and as many values as they say.
import { productOf } from '../../tensor/tensor';
import { byteLengthOf, type Graph, type ModelTensor } from '../model';
import { invalid, type Problem } from './problem';

function problemOf(what: string, { type, dims, source, byteLength }: ModelTensor): string | undefined {
  const shape = `[${dims.slice(0, 16).join(', ')}]`;
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) return `${what} has the impossible dims ${shape}`;
  const count = productOf(dims);
  if ((type === 'string') !== (source.kind === 'strings')) return `${what} of ${type} has values of another kind`;
  if (source.kind === 'strings')
    return source.strings.length === count ? undefined : `${what} has ${source.strings.length} strings, not ${count}`;
  const expected = type === 'string' ? 0 : byteLengthOf(type, count);
  return byteLength === expected ? undefined : `${what} has ${byteLength} bytes, ${type} ${shape} takes ${expected}`;
}

/** Problems of the constants of a graph and of those within it. */
export function* tensorProblems(graph: Graph): Generator<Problem> {
  for (const [name, tensor] of graph.initializers) {
    const message = problemOf(`the initializer '${name}'`, tensor);
    if (message !== undefined) yield invalid(message, { tensor: name });
  }
  for (const node of graph.nodes) {
    for (const [name, { kind, value }] of node.attributes) {
      const message = kind === 'tensor' ? problemOf(`attribute '${name}' of ${node.label}`, value) : undefined;
      if (message !== undefined) yield invalid(message, { node: node.name || node.label });
    }
    for (const inner of node.graphs) yield* tensorProblems(inner);
  }
}
