// One step from a version of the standard's operator set to the next: what changing a node there needs.
import { onnxError } from '../errors';
import { inferTypes } from '../infer';
import { type Graph, type Model, ModelTensor, type Node, type ValueType } from '../model';

/** Names that no tensor and no node of a model has, in graphs within its nodes neither. */
export class FreshNames {
  readonly #taken = new Set<string>();

  constructor(model: Model) {
    this.#take(model.graph);
  }

  #take(graph: Graph): void {
    for (const { name } of [...graph.inputs, ...graph.outputs]) this.#taken.add(name);
    for (const name of [...graph.initializers.keys(), ...graph.valueInfo.keys()]) this.#taken.add(name);
    for (const sparse of graph.origin?.sparseInitializer ?? []) this.#taken.add(sparse.values?.name ?? '');
    for (const node of graph.nodes) {
      for (const name of [node.name, ...node.inputs, ...node.outputs]) this.#taken.add(name);
      for (const inner of node.graphs) this.#take(inner);
    }
  }

  fresh(base: string): string {
    for (let i = 0; ; i++) {
      const name = i === 0 ? base : `${base}_${i}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

/** What the names of a graph stand for, its own first. */
export interface Scope {
  readonly graph: Graph;
  readonly outer: Scope | undefined;
}

export class Step {
  /** The version that the node is brought to. */
  readonly version: number;
  readonly #scope: Scope;
  readonly #names: FreshNames;
  readonly #types: () => ReadonlyMap<string, ValueType>;

  constructor(version: number, scope: Scope, names: FreshNames, types: () => ReadonlyMap<string, ValueType>) {
    this.version = version;
    this.#scope = scope;
    this.#names = names;
    this.#types = types;
  }

  fresh(base: string): string {
    return this.#names.fresh(base);
  }

  /** A constant of the node's graph: its name. */
  constant(base: string, tensor: ModelTensor): string {
    const name = this.fresh(base);
    this.#scope.graph.initializers.set(name, tensor);
    return name;
  }

  /** A constant int64 vector. */
  integers(base: string, values: readonly (number | bigint)[]): string {
    const array = BigInt64Array.from(values, BigInt);
    return this.constant(base, ModelTensor.of('int64', [values.length], array));
  }

  /** The constant that a name stands for. */
  constantOf(name: string | undefined): ModelTensor | undefined {
    for (let scope: Scope | undefined = this.#scope; scope !== undefined; scope = scope.outer) {
      const { graph } = scope;
      const initializer = graph.initializers.get(name ?? '');
      if (initializer !== undefined) return initializer;
      const node = graph.nodes.find(({ outputs }) => outputs.includes(name ?? ''));
      const value = node?.is('Constant') ? node.attributes.get('value') : undefined;
      if (value?.kind === 'tensor') return value.value;
      if (node !== undefined) return undefined;
    }
    return undefined;
  }

  /** What is known of a tensor's type: stated in its graph, or inferred in the main one. */
  typeOf(name: string): Extract<ValueType, { kind: 'tensor' }> | undefined {
    for (let scope: Scope | undefined = this.#scope; scope !== undefined; scope = scope.outer) {
      const type = scope.outer === undefined ? this.#types().get(name) : statedType(scope.graph, name);
      if (type?.kind === 'tensor') return type;
    }
    return undefined;
  }

  refuse(node: Node, reason: string): never {
    const message = `${node.label} cannot be raised to opset ${this.version}: ${reason}`;
    throw onnxError('ERR_UNSUPPORTED', message, { node: node.name || node.label });
  }
}

function statedType(graph: Graph, name: string): ValueType | undefined {
  const tensor = graph.initializers.get(name);
  if (tensor !== undefined) return { kind: 'tensor', elementType: tensor.type, dims: tensor.dims };
  const stated = graph.valueInfo.get(name) ?? graph.inputs.find((one) => one.name === name);
  return stated?.type;
}

/** The types of a model's tensors, inferred when they are first asked for. */
export function lazyTypes(model: Model): () => ReadonlyMap<string, ValueType> {
  let types: ReadonlyMap<string, ValueType> | undefined;
  return () => {
    types ??= inferTypes(model);
    return types;
  };
}
