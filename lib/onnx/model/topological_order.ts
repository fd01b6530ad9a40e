// Nodes in an order in which each comes after those whose outputs it reads.
import { onnxError } from '../errors';
import { capturedBy } from './graph_index';
import type { Node } from './node';

/** For each node, the places of those that it reads from. */
function dependenciesOf(nodes: readonly Node[]): number[][] {
  const producers = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) if (output !== '' && !producers.has(output)) producers.set(output, i);
  });
  return nodes.map((node) =>
    [...node.inputs, ...capturedBy(node)].flatMap((name) => {
      const producer = producers.get(name);
      return producer === undefined ? [] : [producer];
    }),
  );
}

const NEW = 0;
const OPEN = 1;
const DONE = 2;

function refuseCycle(nodes: readonly Node[], path: readonly number[], from: number): never {
  const cycle = path.slice(path.indexOf(from)).map((place) => nodes[place]!);
  const shown = [...cycle.slice(0, 8), cycle[0]!].map(({ label }) => label).join(' → ');
  throw onnxError('ERR_FILE', `the nodes form a cycle: ${shown}`, { node: cycle[0]!.name || cycle[0]!.label });
}

/**
 * The nodes themselves if they are in topological order, else a copy that is; nodes that are in order keep it.
 * @throws ERR_FILE naming the nodes of a cycle
 */
export function inTopologicalOrder(nodes: Node[]): Node[] {
  const dependencies = dependenciesOf(nodes);
  if (dependencies.every((places, i) => places.every((place) => place < i))) return nodes;
  const state = new Uint8Array(nodes.length);
  const sorted: Node[] = [];
  const path: number[] = [];
  // What is left to visit of each node of the path: a stack of its own, for the depth is the file's.
  const left: number[][] = [];
  const enter = (place: number): void => {
    if (state[place] === OPEN) refuseCycle(nodes, path, place);
    if (state[place] === DONE) return;
    state[place] = OPEN;
    path.push(place);
    left.push([...dependencies[place]!].reverse());
  };
  nodes.forEach((_, start) => {
    if (state[start] === NEW) enter(start);
    while (path.length > 0) {
      const next = left.at(-1)!.pop();
      if (next !== undefined) {
        enter(next);
        continue;
      }
      const place = path.pop()!;
      left.pop();
      state[place] = DONE;
      sorted.push(nodes[place]!);
    }
  });
  return sorted;
}
