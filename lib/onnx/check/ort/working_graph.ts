// A graph that passes change step by step, as a runtime's optimizer does, while it remembers which node stood for what.
import { type ElementType, GraphIndex, type Model, type ModelTensor, Node, type Use } from '../../model';

/** What is known of a constant; `tensor` is absent for one that the optimizer would compute. */
export interface Constant {
  readonly type: ElementType | undefined;
  readonly dims: readonly number[] | undefined;
  readonly tensor?: ModelTensor | undefined;
}

/** What a pass did with a node of the model. */
export interface Fate {
  readonly outcome: 'int8' | 'copy' | 'folded';
  readonly kernel?: string | undefined;
  readonly into?: Node | undefined;
}

export class WorkingGraph {
  readonly model: Model;
  /** By the nodes of the model: what passes decided. */
  readonly fates = new Map<Node, Fate>();
  readonly #nodes: Node[] = [];
  readonly #alive = new Set<Node>();
  /** The node of the model that a working node is, or is a copy of. */
  readonly #origins = new Map<Node, Node>();
  readonly #producers = new Map<string, Node>();
  readonly #uses = new Map<string, Use[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #constants = new Map<string, Constant>();
  readonly #captured = new Set<string>();
  #count = 0;

  constructor(model: Model) {
    this.model = model;
    this.#outputs = new Set(model.graph.outputs.map(({ name }) => name));
    for (const [name, tensor] of model.graph.initializers)
      this.#constants.set(name, { type: tensor.type, dims: tensor.dims, tensor });
    const index = new GraphIndex(model.graph);
    for (const node of model.graph.nodes) {
      const copy = node.clone();
      this.#origins.set(copy, node);
      this.add(copy);
      for (const name of node.inputs) if (index.uses(name).some(({ input }) => input < 0)) this.#captured.add(name);
      for (const name of node.outputs) if (index.uses(name).some(({ input }) => input < 0)) this.#captured.add(name);
    }
  }

  /** The nodes at this moment; passes may change the graph while they walk them. */
  nodes(): Node[] {
    return this.#nodes.filter((node) => this.#alive.has(node));
  }

  has(node: Node): boolean {
    return this.#alive.has(node);
  }

  origin(node: Node): Node | undefined {
    return this.#origins.get(node);
  }

  producer(name: string | undefined): Node | undefined {
    return name === undefined ? undefined : this.#producers.get(name);
  }

  uses(name: string | undefined): readonly Use[] {
    return name === undefined ? [] : (this.#uses.get(name) ?? []);
  }

  /** True for outputs of the graph, and for what a graph within a node reads. */
  isOutput(name: string | undefined): boolean {
    return name !== undefined && (this.#outputs.has(name) || this.#captured.has(name));
  }

  /** The node that alone reads a tensor, by one edge, where the tensor is no output of the graph. */
  onlyReader(name: string | undefined): Node | undefined {
    const uses = this.uses(name);
    return uses.length === 1 && !this.isOutput(name) ? uses[0]?.node : undefined;
  }

  constant(name: string | undefined): Constant | undefined {
    return name === undefined ? undefined : this.#constants.get(name);
  }

  declareConstant(name: string, constant: Constant): void {
    this.#constants.set(name, constant);
  }

  /** A name that no tensor has. */
  freshName(base: string): string {
    this.#count += 1;
    return `${base}/${this.#count}`;
  }

  /** Adds a node; `origin` says which node of the model it is a copy of. */
  add(node: Node, options: { before?: Node | undefined; origin?: Node | undefined } = {}): void {
    const at = options.before === undefined ? this.#nodes.length : this.#nodes.indexOf(options.before);
    this.#nodes.splice(at, 0, node);
    this.#alive.add(node);
    if (options.origin !== undefined) this.#origins.set(node, options.origin);
    for (const output of node.outputs) if (output !== '') this.#producers.set(output, node);
    node.inputs.forEach((name, input) => {
      if (name !== '') this.#use(name).push({ node, input });
    });
  }

  remove(node: Node): void {
    this.#alive.delete(node);
    for (const output of node.outputs) if (this.#producers.get(output) === node) this.#producers.delete(output);
    for (const name of new Set(node.inputs)) this.#forget(name, node);
  }

  setInput(node: Node, input: number, name: string): void {
    const before = node.inputs[input];
    if (before !== undefined && before !== '')
      this.#uses.set(
        before,
        this.uses(before).filter((use) => use.node !== node || use.input !== input),
      );
    while (node.inputs.length < input) node.inputs.push('');
    node.inputs[input] = name;
    this.#use(name).push({ node, input });
  }

  setOutput(node: Node, output: number, name: string): void {
    const before = node.outputs[output];
    if (before !== undefined && this.#producers.get(before) === node) this.#producers.delete(before);
    node.outputs[output] = name;
    this.#producers.set(name, node);
  }

  /** Lets all readers of a tensor read another. */
  redirect(from: string, to: string): void {
    for (const { node, input } of [...this.uses(from)]) if (input >= 0) this.setInput(node, input, to);
  }

  /** Puts one node in the place of several; their fates are left to the caller. */
  replace(nodes: readonly Node[], parts: ConstructorParameters<typeof Node>[0], main: Node): Node {
    const made = new Node(parts);
    this.add(made, { before: main, origin: this.origin(main) });
    for (const node of nodes) this.remove(node);
    for (const output of made.outputs) if (output !== '') this.#producers.set(output, made);
    return made;
  }

  /** Notes what becomes of the node of the model behind a working node. */
  decide(node: Node, fate: Fate): void {
    const origin = this.origin(node);
    if (origin !== undefined) this.fates.set(origin, fate);
  }

  #use(name: string): Use[] {
    let uses = this.#uses.get(name);
    if (uses === undefined) {
      uses = [];
      this.#uses.set(name, uses);
    }
    return uses;
  }

  #forget(name: string, node: Node): void {
    if (name !== '')
      this.#uses.set(
        name,
        this.uses(name).filter((use) => use.node !== node),
      );
  }
}
