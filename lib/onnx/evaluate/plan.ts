// How a graph is run for certain outputs: which nodes, what is the same in every run, and when each tensor is last read.
import { onnxError } from '../errors';
import { capturedBy, type Graph, type Node, type TensorValue } from '../model';
import type { Kept } from './call';
import { kernelOf } from './table';

export interface PlannedNode {
  readonly node: Node;
  /** Its outputs are the same in every run. */
  readonly constant: boolean;
  readonly kept: Kept;
  /** Tensors that nothing reads after it. */
  readonly last: readonly string[];
}

export interface Plan {
  readonly graph: Graph;
  readonly nodes: readonly PlannedNode[];
  readonly outputs: readonly string[];
  /** Initializers and what was computed from them alone, as far as any run still reads it. */
  readonly constants: Map<string, TensorValue>;
  /** Nodes of constants that were computed. */
  readonly done: Set<Node>;
}

/** Plans a run of `graph` that gives `outputs`, any of its tensors. Throws ERR_FILE for names that the graph does not have. */
export function planOf(graph: Graph, outputs: readonly string[]): Plan {
  const nodes = neededNodes(graph, outputs);
  const constant = constantNames(graph, nodes);
  const lastReader = lastReaders(nodes, outputs, constant);
  const released = new Map<Node, string[]>(nodes.map((node) => [node, []]));
  for (const [name, reader] of lastReader) released.get(reader)!.push(name);
  const planned = nodes.map((node) => ({
    node,
    constant: isConstant(node, constant),
    kept: { values: new Map<string, unknown>(), constant: node.inputs.map((name) => constant.has(name)) },
    last: released.get(node)!,
  }));
  return { graph, nodes: planned, outputs, constants: new Map(), done: new Set() };
}

function readBy(node: Node): readonly string[] {
  return [...node.inputs.filter((name) => name !== ''), ...capturedBy(node)];
}

/** The nodes that the outputs come from, in the graph's order. */
function neededNodes(graph: Graph, outputs: readonly string[]): Node[] {
  const known = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  for (const node of graph.nodes) for (const name of node.outputs) known.add(name);
  const wanted = new Set(outputs);
  const found: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    found.push(node);
    for (const name of readBy(node)) wanted.add(name);
  }
  for (const name of outputs)
    if (!known.has(name)) throw onnxError('ERR_FILE', `the graph has no tensor '${name}'`, { tensor: name });
  return found.reverse();
}

/** Operators that give something else each time. */
const RANDOM = /^(Random\w+|Bernoulli|Multinomial)$/;

function isConstant(node: Node, constant: ReadonlySet<string>): boolean {
  return (
    node.graphs.length === 0 &&
    !RANDOM.test(node.opType) &&
    node.inputs.every((name) => name === '' || constant.has(name))
  );
}

function constantNames(graph: Graph, nodes: readonly Node[]): Set<string> {
  const fed = new Set(graph.inputs.map(({ name }) => name));
  const names = new Set([...graph.initializers.keys()].filter((name) => !fed.has(name)));
  for (const node of nodes) if (isConstant(node, names)) for (const name of node.outputs) names.add(name);
  return names;
}

/** The last node to read each tensor that may go then: constants that only constants are made from, and all else. */
function lastReaders(
  nodes: readonly Node[],
  outputs: readonly string[],
  constant: ReadonlySet<string>,
): Map<string, Node> {
  const last = new Map<string, Node>();
  const lasting = new Set(outputs);
  for (const node of nodes) {
    // What nobody reads goes as soon as it is there.
    for (const name of node.outputs) if (name !== '') last.set(name, node);
    for (const name of readBy(node)) {
      last.set(name, node);
      if (constant.has(name) && !isConstant(node, constant)) lasting.add(name);
    }
  }
  for (const name of lasting) last.delete(name);
  return last;
}

/** Throws ERR_UNSUPPORTED, before anything is computed, for the first node of a plan that cannot be. */
export function checkPlan(plan: Plan, opset: number): void {
  for (const { node } of plan.nodes) kernelOf(node, opset);
}
