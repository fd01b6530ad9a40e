// Which tensors of a graph are float16, and the casts between them and what stays float32.
import { attribute, capturedBy, codeOf, type Graph, type ModelTensor, Node, type ValueInfo } from '../model';
import type { GraphRewriter } from '../rewrite';
import { halfTensor } from './half_constants';

type Precision = 'float16' | 'float32';

const CAST_TO = {
  float16: { to: attribute.int(codeOf('float16')) },
  float32: { to: attribute.int(codeOf('float32')) },
} as const;

/** Follows the precision of tensors that were float32, while nodes are converted in order. */
export class HalfGraph {
  readonly rewriter: GraphRewriter;
  readonly #graph: Graph;
  readonly #homes = new Map<string, Precision>();
  readonly #casts = new Map<string, string>();
  /** Constants, as they were. */
  readonly #constants: ReadonlyMap<string, ModelTensor>;

  constructor(graph: Graph, rewriter: GraphRewriter) {
    this.#graph = graph;
    this.rewriter = rewriter;
    this.#constants = new Map([...graph.initializers].filter(([, { type }]) => type === 'float32'));
  }

  /** Says what a tensor that was float32 is now. */
  setHome(name: string, precision: Precision): void {
    this.#homes.set(name, precision);
  }

  /** The precision of a tensor that was float32; undefined for all others. */
  home(name: string): Precision | undefined {
    return this.#homes.get(name);
  }

  constant(name: string): ModelTensor | undefined {
    return this.#constants.get(name);
  }

  /** The name under which `place` reads a tensor in a precision: its own, or that of a cast of it. */
  read(name: string, precision: Precision, place: Node): string {
    const constant = this.#constants.get(name);
    if (constant !== undefined) return precision === 'float32' ? name : this.#halfConstant(name, constant);
    const home = this.#homes.get(name);
    if (home === undefined || home === precision) return name;
    const key = `${precision}|${name}`;
    const known = this.#casts.get(key);
    if (known !== undefined) return known;
    const attributes = CAST_TO[precision];
    const cast = this.rewriter.insert(place, 'Cast', [name], { output: `${name}_${precision}`, attributes });
    this.#casts.set(key, cast);
    return cast;
  }

  /** Reads in float32 whatever the graphs within a node read from outside. */
  readWithin(node: Node): void {
    const names = new Map<string, string>();
    for (const name of capturedBy(node)) {
      const read = this.read(name, 'float32', node);
      if (read !== name) names.set(name, read);
    }
    if (names.size > 0) for (const inner of node.graphs) renameWithin(inner, names);
  }

  /** Gives an output of the graph the precision that it is to have, under its name. */
  finishOutput(name: string, precision: Precision, writer: Node | undefined): Node[] {
    const home = this.#homes.get(name);
    if (home === undefined || home === precision || writer === undefined) return [];
    const inner = this.rewriter.fresh(`${name}_${home}`);
    writer.outputs = writer.outputs.map((output) => (output === name ? inner : output));
    this.#renamed.set(name, inner);
    return [new Node({ opType: 'Cast', inputs: [inner], outputs: [name], attributes: CAST_TO[precision] })];
  }

  readonly #renamed = new Map<string, string>();

  /** Lets all nodes read outputs that were renamed under their new names. */
  renameReads(nodes: readonly Node[]): void {
    for (const node of nodes) node.inputs = node.inputs.map((name) => this.#renamed.get(name) ?? name);
  }

  /** States the element types that tensors have now. */
  correctTypes(): void {
    for (const [name, info] of this.#graph.valueInfo)
      if (this.#homes.get(name) === 'float16') this.#graph.valueInfo.set(name, withType(info));
  }

  #halfConstant(name: string, tensor: ModelTensor): string {
    return this.rewriter.constant(`${name}_float16`, () => halfTensor(tensor), `float16|${name}`);
  }
}

/** The same tensor as float16. */
export function withType(info: ValueInfo): ValueInfo {
  if (info.type?.kind !== 'tensor') return info;
  return { name: info.name, type: { ...info.type, elementType: 'float16' } };
}

/** Lets a graph, and those within it, read tensors from outside under other names, unless it has tensors of those names. */
function renameWithin(graph: Graph, names: ReadonlyMap<string, string>): void {
  const own = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  for (const { outputs } of graph.nodes) for (const name of outputs) own.add(name);
  const left = new Map([...names].filter(([name]) => !own.has(name)));
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((name) => left.get(name) ?? name);
    for (const inner of node.graphs) renameWithin(inner, left);
  }
  graph.outputs = graph.outputs.map((info) => (left.has(info.name) ? { ...info, name: left.get(info.name)! } : info));
}
