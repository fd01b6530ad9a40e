// A node's attributes, and how operators read them.
import { makeError } from '../../errors';
import type { AttributeProto } from '../schema/onnx_pb';
import type { Graph } from './graph';
import type { ModelTensor } from './model_tensor';
import type { Node } from './node';

/** Integers are int64 in the file: numbers beyond 2^53, such as "to the end", are bigints only there. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: Uint8Array }
  | { readonly kind: 'strings'; readonly value: readonly Uint8Array[] }
  | { readonly kind: 'tensor'; readonly value: ModelTensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  /** What octavo does not look into: sparse tensors, types, references of functions. It is written as it came. */
  | { readonly kind: 'other'; readonly value: AttributeProto };

type Kind = Attribute['kind'];
type ValueOf<K extends Kind> = { [P in Kind]: Extract<Attribute, { kind: P }>['value'] }[K];

function find<K extends Kind>(node: Node, name: string, kind: K): ValueOf<K> | undefined {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return undefined;
  if (attribute.kind !== kind)
    throw makeError('ERR_DTYPE', `attribute '${name}' of ${node.label} must be of kind ${kind}, got ${attribute.kind}`);
  return attribute.value as ValueOf<K>;
}

/** Limits an int64 to the integers that a number can hold: "to the end" stays far away. */
const toNumber = (value: bigint): number =>
  Number(
    value > Number.MAX_SAFE_INTEGER
      ? Number.MAX_SAFE_INTEGER
      : value < Number.MIN_SAFE_INTEGER
        ? Number.MIN_SAFE_INTEGER
        : value,
  );

/** An integer attribute, limited to ±(2^53 - 1). Each of these throws ERR_DTYPE for an attribute of another kind. */
export function intOf<D>(node: Node, name: string, absent: D): number | D {
  const value = find(node, name, 'int');
  return value === undefined ? absent : toNumber(value);
}

export function intsOf<D>(node: Node, name: string, absent: D): readonly number[] | D {
  const value = find(node, name, 'ints');
  return value === undefined ? absent : value.map(toNumber);
}

export function floatOf<D>(node: Node, name: string, absent: D): number | D {
  return find(node, name, 'float') ?? absent;
}

export function floatsOf<D>(node: Node, name: string, absent: D): readonly number[] | D {
  return find(node, name, 'floats') ?? absent;
}

export function stringOf<D>(node: Node, name: string, absent: D): string | D {
  const value = find(node, name, 'string');
  return value === undefined ? absent : new TextDecoder().decode(value);
}

export function stringsOf<D>(node: Node, name: string, absent: D): readonly string[] | D {
  const value = find(node, name, 'strings');
  return value === undefined ? absent : value.map((one) => new TextDecoder().decode(one));
}

export function tensorOf(node: Node, name: string): ModelTensor | undefined {
  return find(node, name, 'tensor');
}

export function graphOf(node: Node, name: string): Graph | undefined {
  return find(node, name, 'graph');
}

/** Attributes from plain values. */
export const attribute = {
  int: (value: number | bigint): Attribute => ({ kind: 'int', value: BigInt(value) }),
  ints: (value: readonly (number | bigint)[]): Attribute => ({ kind: 'ints', value: value.map(BigInt) }),
  float: (value: number): Attribute => ({ kind: 'float', value }),
  floats: (value: readonly number[]): Attribute => ({ kind: 'floats', value }),
  string: (value: string): Attribute => ({ kind: 'string', value: new TextEncoder().encode(value) }),
  tensor: (value: ModelTensor): Attribute => ({ kind: 'tensor', value }),
  graph: (value: Graph): Attribute => ({ kind: 'graph', value }),
} as const;
