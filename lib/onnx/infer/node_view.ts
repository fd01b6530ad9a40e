// What is known of a node's inputs while types are inferred.
import type { Dim, ElementType, ModelTensor, Node } from '../model';

/** What is known of a tensor. Nothing stands where nothing is known for sure. */
export interface Known {
  readonly elementType?: ElementType | undefined;
  readonly dims?: readonly Dim[] | undefined;
  /** The values of a small integer tensor of rank 0 or 1, as far as they are known: shapes are computed with them. */
  readonly items?: readonly Dim[] | undefined;
}

/** Gives what is known of a node's outputs, in their order. */
export type Rule = (view: NodeView) => readonly Known[];

const NOTHING: Known = {};

export interface Surroundings {
  /** The version of the operator set of the node's domain. */
  readonly opset: number;
  readonly known: ReadonlyMap<string, Known>;
  readonly constant: (name: string) => ModelTensor | undefined;
}

export class NodeView {
  readonly node: Node;
  readonly opset: number;
  readonly #surroundings: Surroundings;

  constructor(node: Node, surroundings: Surroundings) {
    this.node = node;
    this.opset = surroundings.opset;
    this.#surroundings = surroundings;
  }

  /** False for an input that is left out. */
  has(input: number): boolean {
    return (this.node.inputs[input] ?? '') !== '';
  }

  known(input: number): Known {
    return this.#surroundings.known.get(this.node.inputs[input] ?? '') ?? NOTHING;
  }

  elementType(input: number): ElementType | undefined {
    return this.known(input).elementType;
  }

  dims(input: number): readonly Dim[] | undefined {
    return this.known(input).dims;
  }

  rank(input: number): number | undefined {
    return this.dims(input)?.length;
  }

  items(input: number): readonly Dim[] | undefined {
    return this.known(input).items;
  }

  /** The values of an input if every one is known. */
  numbers(input: number): readonly number[] | undefined {
    const items = this.items(input);
    return items?.every((item) => typeof item === 'number') ? (items as readonly number[]) : undefined;
  }

  constant(input: number): ModelTensor | undefined {
    const name = this.node.inputs[input] ?? '';
    return name === '' ? undefined : this.#surroundings.constant(name);
  }
}
