// Products with a bias as Gemm: the one form in which onnxruntime adds a bias to a product of integers.

import { inferTypes } from '../infer';
import { attribute, GraphIndex, type Model, ModelTensor, Node, type ValueType } from '../model';
import type { StaticSettings } from './static_options';

/** A model whose products have their biases, and from which node of the given one each of those came. */
export interface JoinedModel {
  readonly model: Model;
  readonly origins: ReadonlyMap<Node, Node>;
  /** By tensors that the given model has not, those of it with the same values. */
  readonly aliases: ReadonlyMap<string, string>;
}

interface Product {
  readonly matMul: Node;
  readonly add: Node;
  /** The name of the bias, one value for each column. */
  readonly bias: string;
  /** What comes behind the sum and is the same on rows. */
  readonly activation: Node | undefined;
  /** Rows and columns of the weights. */
  readonly k: number;
  readonly n: number;
}

/**
 * MatMul with constant weights of two dimensions and Add of a constant bias become Reshape, Gemm and Reshape: onnxruntime makes
 * them that anyway, but then of floats, as it finds a bias that is none of integers. Reshapes cost nothing.
 */
export function joinBiases(given: Model, settings: StaticSettings): JoinedModel {
  const { engine } = settings.profile;
  if (engine !== 'onnxruntime') return { model: given, origins: new Map(), aliases: new Map() };
  const joiner = new Joiner(given, settings);
  return { model: joiner.join(), origins: joiner.origins, aliases: joiner.aliases };
}

class Joiner {
  readonly origins = new Map<Node, Node>();
  readonly aliases = new Map<string, string>();
  readonly #model: Model;
  readonly #index: GraphIndex;
  readonly #settings: StaticSettings;
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #flat = new Map<string, string>();
  readonly #taken: Set<string>;
  #nodes: Node[] = [];

  constructor(given: Model, settings: StaticSettings) {
    this.#model = given.clone();
    this.#index = new GraphIndex(this.#model.graph);
    this.#settings = settings;
    this.#types = inferTypes(given);
    const { graph } = this.#model;
    const written = graph.nodes.flatMap(({ outputs }) => outputs);
    this.#taken = new Set([...written, ...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  }

  join(): Model {
    const { graph } = this.#model;
    const products = graph.nodes.flatMap((node) => this.#productAt(node) ?? []);
    const byLast = new Map(products.map((product) => [product.activation ?? product.add, product]));
    const gone = new Set(products.flatMap(({ matMul, add, activation }) => [matMul, add, activation]));
    for (const node of graph.nodes) {
      const product = byLast.get(node);
      if (product !== undefined) this.#emit(product);
      else if (!gone.has(node)) this.#nodes.push(this.#isSummed(node) ? this.#asGemm(node) : node);
    }
    graph.nodes = this.#nodes;
    return this.#model;
  }

  #productAt(matMul: Node): Product | undefined {
    const weights = matMul.is('MatMul') ? this.#index.constant(matMul.inputs[1]!) : undefined;
    if (weights?.type !== 'float32' || weights.dims.length !== 2 || this.#index.constant(matMul.inputs[0]!)) return;
    const [k, n] = weights.dims as [number, number];
    const add = this.#onlyReader(matMul.outputs[0]!);
    if (!add?.is('Add') || this.#rankOf(matMul.inputs[0]!) === 1) return undefined;
    const bias = add.inputs.find((name) => name !== matMul.outputs[0])!;
    const tensor = this.#index.constant(bias);
    if (tensor?.type !== 'float32' || tensor.dims.length !== 1 || tensor.size !== n) return undefined;
    if ([matMul, add].some((node) => this.#settings.of(node).keep === 'float')) return undefined;
    const next = this.#onlyReader(add.outputs[0]!);
    return { matMul, add, bias, activation: next?.is('Relu') || next?.is('Clip') ? next : undefined, k, n };
  }

  /** A product of two dimensions behind which something is added: onnxruntime would make one Gemm in float of both. */
  #isSummed(node: Node): boolean {
    if (!node.is('MatMul') || this.#rankOf(node.inputs[0]!) !== 2 || this.#settings.of(node).keep === 'float')
      return false;
    const weights = this.#index.constant(node.inputs[1]!);
    return weights?.dims.length === 2 && this.#onlyReader(node.outputs[0]!)?.opType === 'Add';
  }

  #asGemm(matMul: Node): Node {
    const { name, inputs, outputs } = matMul;
    const gemm = new Node({ name, opType: 'Gemm', inputs, outputs });
    this.origins.set(gemm, matMul);
    return gemm;
  }

  #onlyReader(name: string): Node | undefined {
    const uses = this.#index.uses(name);
    return uses.length === 1 && !this.#index.isOutput(name) ? uses[0]!.node : undefined;
  }

  #emit({ matMul, add, bias, activation, k, n }: Product): void {
    const input = matMul.inputs[0]!;
    const output = (activation ?? add).outputs[0]!;
    const isFlat = this.#rankOf(input) === 2;
    const rows = isFlat ? input : this.#flattened(input, k);
    const sum = activation === undefined && isFlat ? output : this.#rowsOf(add.outputs[0]!);
    const { name, inputs } = matMul;
    const gemm = new Node({ name, opType: 'Gemm', inputs: [rows, inputs[1]!, bias], outputs: [sum] });
    this.origins.set(gemm, matMul);
    this.#nodes.push(gemm);
    const last = activation === undefined ? sum : this.#activate(activation, sum, isFlat ? output : undefined);
    if (last !== output) this.#unflatten(last, output, { like: input, n });
  }

  #activate(activation: Node, input: string, output: string | undefined): string {
    const copy = activation.clone();
    copy.inputs[0] = input;
    copy.outputs = [output ?? this.#rowsOf(activation.outputs[0]!)];
    this.#nodes.push(copy);
    return copy.outputs[0]!;
  }

  /** The rows of a tensor of any rank. */
  #flattened(name: string, k: number): string {
    const known = this.#flat.get(name);
    if (known !== undefined) return known;
    const flat = this.#rowsOf(name);
    const inputs = [name, this.#integers(`${name}_rows_shape`, [-1, k])];
    this.#nodes.push(this.#named(new Node({ opType: 'Reshape', inputs, outputs: [flat] })));
    this.#flat.set(name, flat);
    return flat;
  }

  /** Rows back to the leading dims of `like`. */
  #unflatten(rows: string, output: string, { like, n }: { like: string; n: number }): void {
    const dims = this.#dimsOf(like)?.slice(0, -1);
    const unknown = dims?.filter((dim) => typeof dim !== 'number').length ?? 2;
    const shape =
      dims !== undefined && unknown <= 1
        ? this.#integers(`${output}_shape`, [...dims.map((dim) => (typeof dim === 'number' ? dim : -1)), n])
        : this.#shapeLike(like, n, output);
    this.#nodes.push(this.#named(new Node({ opType: 'Reshape', inputs: [rows, shape], outputs: [output] })));
  }

  /** The dims of `like` with the last one replaced, computed at run time. */
  #shapeLike(like: string, n: number, output: string): string {
    const [whole, leading, shape] = ['dims', 'leading', 'shape'].map((part) => this.#claim(`${output}_${part}`));
    const [start, end] = [this.#integers(`${output}_start`, [0]), this.#integers(`${output}_end`, [-1])];
    const last = this.#integers(`${output}_columns`, [n]);
    const parts = [
      new Node({ opType: 'Shape', inputs: [like], outputs: [whole!] }),
      new Node({ opType: 'Slice', inputs: [whole!, start, end], outputs: [leading!] }),
      new Node({
        opType: 'Concat',
        inputs: [leading!, last],
        outputs: [shape!],
        attributes: { axis: attribute.int(0) },
      }),
    ];
    for (const part of parts) this.#nodes.push(this.#named(part));
    return shape!;
  }

  /** A name for the rows of a tensor. */
  #rowsOf(name: string): string {
    const rows = this.#claim(`${name}_rows`);
    this.aliases.set(rows, name);
    return rows;
  }

  #named(node: Node): Node {
    node.name = `${node.outputs[0]!}_${node.opType}`;
    return node;
  }

  #integers(wanted: string, values: readonly number[]): string {
    const name = this.#claim(wanted);
    const tensor = ModelTensor.of('int64', [values.length], BigInt64Array.from(values, BigInt));
    this.#model.graph.initializers.set(name, tensor);
    return name;
  }

  #claim(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }

  #dimsOf(name: string) {
    const type = this.#types.get(name);
    return type?.kind === 'tensor' ? type.dims : undefined;
  }

  #rankOf(name: string): number | undefined {
    return this.#dimsOf(name)?.length;
  }
}
