// Tensor names of a graph: each written once, and before it is read.
import type { Graph, Node } from '../model';
import { invalid, type Problem } from './problem';

const placeOf = (node: Node): { node: string } => ({ node: node.name || node.label });

/** Names known where a graph begins: its own inputs and constants, and all that the graphs around it know. */
type Scope = readonly ReadonlySet<string>[];

const knows = (scope: Scope, name: string): boolean => scope.some((names) => names.has(name));

function* definitionProblems(graph: Graph, own: Set<string>): Generator<Problem> {
  for (const { name } of graph.inputs) {
    if (name === '') yield invalid('a graph input has no name');
    else if (own.has(name)) yield invalid(`the graph input '${name}' is there twice`, { tensor: name });
    own.add(name);
  }
  for (const name of constantsOf(graph)) {
    if (name === '') yield invalid('an initializer has no name');
    else if (own.has(name)) yield invalid(`'${name}' is an initializer and something else`, { tensor: name });
    own.add(name);
  }
}

function* constantsOf(graph: Graph): Generator<string> {
  yield* graph.initializers.keys();
  for (const sparse of graph.origin?.sparseInitializer ?? []) if (sparse.values !== undefined) yield sparse.values.name;
}

function* inputProblems(node: Node, scope: Scope, later: ReadonlySet<string>): Generator<Problem> {
  for (const name of node.inputs) {
    if (name === '' || knows(scope, name)) continue;
    const place = { ...placeOf(node), tensor: name };
    if (later.has(name)) yield invalid(`${node.label} reads '${name}' before it is written`, place);
    else yield invalid(`${node.label} reads '${name}', which nothing writes`, place);
  }
}

function* outputProblems(node: Node, own: Set<string>): Generator<Problem> {
  for (const name of node.outputs) {
    if (name === '') continue;
    if (own.has(name))
      yield invalid(`${node.label} writes '${name}', which is written already`, { ...placeOf(node), tensor: name });
    own.add(name);
  }
}

/** Problems of a graph and of those within it. `outer`: what the graphs around it know at its node. */
export function* nameProblems(graph: Graph, outer: Scope = []): Generator<Problem> {
  const own = new Set<string>();
  yield* definitionProblems(graph, own);
  const later = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const scope = [own, ...outer];
  for (const node of graph.nodes) {
    yield* inputProblems(node, scope, later);
    for (const inner of node.graphs) yield* nameProblems(inner, scope);
    yield* outputProblems(node, own);
  }
  for (const { name } of graph.outputs)
    if (!knows(scope, name)) yield invalid(`the graph output '${name}' is written by nothing`, { tensor: name });
}
