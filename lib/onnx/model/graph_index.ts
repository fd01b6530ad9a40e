// Who writes and who reads each tensor of a graph. A snapshot: it does not follow changes of the graph.
import type { Graph } from './graph';
import type { ModelTensor } from './model_tensor';
import type { Node } from './node';

export interface Use {
  readonly node: Node;
  /** Which input of the node; -1 if a graph within the node reads the tensor from outside. */
  readonly input: number;
}

export class GraphIndex {
  readonly graph: Graph;
  readonly #producers = new Map<string, Node>();
  readonly #uses = new Map<string, Use[]>();
  readonly #inputs: ReadonlySet<string>;
  readonly #outputs: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.graph = graph;
    this.#inputs = new Set(graph.inputs.map(({ name }) => name));
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== '') this.#producers.set(output, node);
      node.inputs.forEach((name, input) => {
        if (name !== '') this.#use(name, { node, input });
      });
      for (const name of capturedBy(node)) this.#use(name, { node, input: -1 });
    }
  }

  /** The node that writes a tensor; undefined for inputs and initializers. */
  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  /** Who reads a tensor, in the order of the nodes. Graph outputs are not among them. */
  uses(name: string): readonly Use[] {
    return this.#uses.get(name) ?? [];
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  isInput(name: string): boolean {
    return this.#inputs.has(name);
  }

  /** A constant: an initializer, or what a Constant node holds as a tensor. */
  constant(name: string): ModelTensor | undefined {
    const initializer = this.graph.initializers.get(name);
    if (initializer !== undefined) return initializer;
    const node = this.#producers.get(name);
    const value = node?.is('Constant') ? node.attributes.get('value') : undefined;
    return value?.kind === 'tensor' ? value.value : undefined;
  }

  #use(name: string, use: Use): void {
    const uses = this.#uses.get(name);
    if (uses === undefined) this.#uses.set(name, [use]);
    else uses.push(use);
  }
}

/** Tensors of the outer graph that the graphs within a node read. */
export function capturedBy(node: Node): ReadonlySet<string> {
  const captured = new Set<string>();
  for (const graph of node.graphs) {
    const local = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
    for (const inner of graph.nodes) {
      for (const name of [...inner.inputs, ...capturedBy(inner)])
        if (name !== '' && !local.has(name)) captured.add(name);
      for (const name of inner.outputs) local.add(name);
    }
    for (const { name } of graph.outputs) if (!local.has(name)) captured.add(name);
  }
  return captured;
}
