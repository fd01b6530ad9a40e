// A graph while it is rewritten: who writes and who reads each tensor follows every change.
import { inferTypes } from '../infer';
import {
  capturedBy,
  type Dim,
  type ElementType,
  type Graph,
  type Model,
  type ModelTensor,
  type Node,
  type ValueType,
} from '../model';

/**
 * Rewrites keep the meaning of names: a tensor that keeps its name keeps its values. Pinned tensors, which are graph
 * outputs or read by graphs within nodes, keep their names.
 */
export class GraphEdit {
  readonly model: Model;
  /** What was changed, one sentence each. */
  readonly changes: string[] = [];
  readonly #producers = new Map<string, Node>();
  readonly #readers = new Map<string, Set<Node>>();
  readonly #pinned: Set<string>;
  readonly #names: Set<string>;
  readonly #removed = new Set<Node>();
  readonly #inserted = new Map<Node, Node[]>();
  #types: Map<string, ValueType> | undefined;

  /** Takes the model: hand over a copy. */
  constructor(model: Model) {
    this.model = model;
    const { graph } = model;
    this.#pinned = new Set(graph.outputs.map(({ name }) => name));
    this.#names = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
    for (const node of graph.nodes) {
      this.#enter(node);
      for (const name of capturedBy(node)) this.#pinned.add(name);
      for (const inner of node.graphs) this.#reserve(inner);
    }
  }

  get graph(): Graph {
    return this.model.graph;
  }

  /** Nodes that are there now, in order. */
  nodes(): Node[] {
    this.flush();
    this.#types = undefined;
    return [...this.graph.nodes];
  }

  /** Puts insertions and removals into the graph's list. */
  flush(): void {
    if (this.#removed.size + this.#inserted.size === 0) return;
    const placed = (node: Node): Node[] => [...(this.#inserted.get(node) ?? []).flatMap(placed), node];
    this.graph.nodes = this.graph.nodes.flatMap(placed).filter((node) => !this.#removed.has(node));
    this.#inserted.clear();
    this.#removed.clear();
  }

  isRemoved(node: Node): boolean {
    return this.#removed.has(node);
  }

  /** Types as of the last call of nodes(); undefined for what is not known. */
  type(name: string): { readonly elementType?: ElementType | undefined; readonly dims?: readonly Dim[] | undefined } {
    this.#types ??= inferTypes(this.model);
    const type = this.#types.get(name);
    return type?.kind === 'tensor' ? type : {};
  }

  rank(name: string): number | undefined {
    return this.type(name).dims?.length;
  }

  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  readers(name: string): readonly Node[] {
    return [...(this.#readers.get(name) ?? [])];
  }

  isPinned(name: string): boolean {
    return this.#pinned.has(name);
  }

  /** The node that alone reads a tensor, once, which nothing else needs; undefined if there is none. */
  onlyReader(name: string): Node | undefined {
    const readers = this.#readers.get(name);
    if (readers?.size !== 1 || this.#pinned.has(name)) return undefined;
    const [reader] = readers as Set<Node> & Iterable<Node>;
    return reader?.inputs.filter((input) => input === name).length === 1 ? reader : undefined;
  }

  /** The producer of a tensor that only one node reads; undefined otherwise. */
  ownProducer(name: string): Node | undefined {
    return this.onlyReader(name) === undefined ? undefined : this.producer(name);
  }

  constant(name: string | undefined): ModelTensor | undefined {
    return name === undefined ? undefined : this.graph.initializers.get(name);
  }

  /** Values of a float32 constant. */
  floats(name: string | undefined): Float32Array | undefined {
    const tensor = this.constant(name);
    return tensor?.type === 'float32' ? tensor.floats() : undefined;
  }

  /** A name like `base` that no tensor has. */
  freshName(base: string): string {
    let name = base;
    for (let i = 1; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** Adds an initializer and gives its name. */
  addConstant(base: string, tensor: ModelTensor): string {
    const name = this.freshName(base);
    this.graph.initializers.set(name, tensor);
    return name;
  }

  setInputs(node: Node, inputs: readonly string[]): void {
    for (const name of node.inputs) this.#readers.get(name)?.delete(node);
    node.inputs = [...inputs];
    this.#read(node);
  }

  setInput(node: Node, input: number, name: string): void {
    const inputs = [...node.inputs];
    while (inputs.length <= input) inputs.push('');
    inputs[input] = name;
    this.setInputs(node, inputs);
  }

  /** Takes a node out. Its outputs have no producer until others take them over. */
  remove(node: Node): void {
    for (const name of node.inputs) this.#readers.get(name)?.delete(node);
    for (const name of node.outputs) this.#producers.delete(name);
    this.#removed.add(node);
  }

  /** Gives a node's output another name, which must have no producer. */
  renameOutput(node: Node, output: number, name: string): void {
    this.#producers.delete(node.outputs[output] as string);
    node.outputs[output] = name;
    this.#producers.set(name, node);
  }

  /** Removes `node` and lets `producer` write what it wrote: for operators that another now does as well. */
  absorb(node: Node, producer: Node): void {
    const name = node.outputs[0] as string;
    this.remove(node);
    this.renameOutput(producer, 0, name);
  }

  /** Everyone who reads `from` reads `to`. */
  redirect(from: string, to: string): void {
    for (const reader of this.readers(from))
      this.setInputs(
        reader,
        reader.inputs.map((name) => (name === from ? to : name)),
      );
  }

  insertBefore(anchor: Node, node: Node): void {
    const list = this.#inserted.get(anchor);
    if (list === undefined) this.#inserted.set(anchor, [node]);
    else list.push(node);
    this.#enter(node);
  }

  log(change: string): void {
    this.changes.push(change);
  }

  #enter(node: Node): void {
    for (const name of node.outputs)
      if (name !== '') {
        this.#producers.set(name, node);
        this.#names.add(name);
      }
    this.#read(node);
  }

  #read(node: Node): void {
    for (const name of node.inputs) {
      if (name === '') continue;
      const readers = this.#readers.get(name);
      if (readers === undefined) this.#readers.set(name, new Set([node]));
      else readers.add(node);
    }
  }

  /** Names within inner graphs are not given to new tensors: they would be shadowed. */
  #reserve(graph: Graph): void {
    for (const name of graph.initializers.keys()) this.#names.add(name);
    for (const node of graph.nodes) {
      for (const name of node.outputs) this.#names.add(name);
      for (const inner of node.graphs) this.#reserve(inner);
    }
  }
}

/** One kind of rewrite, over the whole graph. */
export type Pass = (edit: GraphEdit) => void;
