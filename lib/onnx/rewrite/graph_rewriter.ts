// Changes a graph node by node: new names, new constants, nodes in place of others, and what is left over taken away.
import { type Attribute, capturedBy, type Graph, type ModelTensor, Node } from '../model';

export class GraphRewriter {
  readonly graph: Graph;
  readonly #names: Set<string>;
  readonly #replacements = new Map<Node, readonly Node[]>();
  readonly #before = new Map<Node, Node[]>();
  readonly #constants = new Map<string, string>();

  /** @param graph is changed: hand it a clone */
  constructor(graph: Graph) {
    this.graph = graph;
    this.#names = namesOf(graph);
  }

  /** A tensor name that nothing in the graph has yet: `base`, or `base` with a number behind it. */
  fresh(base: string): string {
    let name = base;
    for (let i = 2; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** Adds an initializer, and gives its name. One with the same `key` is added once. */
  constant(base: string, tensor: () => ModelTensor, key?: string): string {
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(base);
    this.graph.initializers.set(name, tensor());
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  /** A node that writes one new tensor, placed before `place`. Gives the tensor's name. */
  insert(place: Node, opType: string, inputs: readonly string[], how: InsertOptions): string {
    const output = this.fresh(how.output);
    this.insertNode(place, new Node({ ...how, opType, inputs, outputs: [output] }));
    return output;
  }

  /** Places a node before `place`, behind those placed there so far. */
  insertNode(place: Node, node: Node): void {
    const before = this.#before.get(place);
    if (before === undefined) this.#before.set(place, [node]);
    else before.push(node);
  }

  /** Puts nodes in the place of one. Their last writes what the node wrote. */
  replace(node: Node, nodes: readonly Node[]): void {
    this.#replacements.set(node, nodes);
  }

  /** Applies the changes, and drops initializers, and nodes that only move them, that nothing reads any more. */
  finish(): void {
    const { graph } = this;
    graph.nodes = graph.nodes.flatMap((node) => [
      ...(this.#before.get(node) ?? []),
      ...(this.#replacements.get(node) ?? [node]),
    ]);
    this.#before.clear();
    this.#replacements.clear();
    dropUnreadConstants(graph);
  }
}

export interface InsertOptions {
  /** What the new tensor's name starts with. */
  readonly output: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

function namesOf(graph: Graph): Set<string> {
  const names = new Set<string>([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const { name } of graph.outputs) names.add(name);
  for (const node of graph.nodes) {
    for (const name of [...node.inputs, ...node.outputs]) names.add(name);
    for (const inner of node.graphs) for (const name of namesOf(inner)) names.add(name);
  }
  return names;
}

/** Names that nodes or the graph's outputs read. */
function readNames(graph: Graph): Set<string> {
  const read = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) for (const name of [...node.inputs, ...capturedBy(node)]) read.add(name);
  return read;
}

/** Drops Transpose, Identity and Constant nodes over constants, and initializers, that nothing reads; repeats until all are read. */
export function dropUnreadConstants(graph: Graph): void {
  for (;;) {
    const read = readNames(graph);
    const kept = graph.nodes.filter(
      (node) => !movesConstant(node, graph) || node.outputs.some((name) => read.has(name)),
    );
    if (kept.length === graph.nodes.length) {
      for (const name of graph.initializers.keys()) if (!read.has(name)) graph.initializers.delete(name);
      return;
    }
    graph.nodes = kept;
  }
}

const movesConstant = (node: Node, graph: Graph): boolean =>
  node.is('Constant') ||
  ((node.is('Transpose') || node.is('Identity')) && graph.initializers.has(node.inputs[0] ?? ''));
