// A graph: nodes in order, constants, and what goes in and out.
import type { GraphProto, TypeProto } from '../schema/onnx_pb';
import type { ElementType } from './element_type';
import type { ModelTensor } from './model_tensor';
import type { Node } from './node';

/** A number, the name of an unknown that is the same wherever the name stands, or null: unknown. */
export type Dim = number | string | null;

export type ValueType =
  | {
      readonly kind: 'tensor';
      /** undefined: not stated. */
      readonly elementType: ElementType | undefined;
      /** undefined: not even the rank is known. */
      readonly dims: readonly Dim[] | undefined;
    }
  /** Sequences, maps and the like. */
  | { readonly kind: 'other'; readonly proto: TypeProto };

export interface ValueInfo {
  readonly name: string;
  /** undefined: nothing is stated. */
  readonly type: ValueType | undefined;
}

export interface GraphParts {
  readonly name?: string;
  readonly nodes?: readonly Node[];
  readonly inputs?: readonly ValueInfo[];
  readonly outputs?: readonly ValueInfo[];
  readonly initializers?: ReadonlyMap<string, ModelTensor>;
  readonly valueInfo?: ReadonlyMap<string, ValueInfo>;
}

export class Graph {
  name: string;
  /** In topological order. */
  nodes: Node[];
  /** Real inputs only: initializers that old files list as inputs too are in `initializers` alone. */
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: Map<string, ModelTensor>;
  /** What the file says of tensors in between; it may say nothing, or be wrong. */
  valueInfo: Map<string, ValueInfo>;
  readonly origin: GraphProto | undefined;

  constructor(parts: GraphParts, origin?: GraphProto) {
    this.name = parts.name ?? 'graph';
    this.nodes = [...(parts.nodes ?? [])];
    this.inputs = [...(parts.inputs ?? [])];
    this.outputs = [...(parts.outputs ?? [])];
    this.initializers = new Map(parts.initializers);
    this.valueInfo = new Map(parts.valueInfo);
    this.origin = origin;
  }

  /** A graph whose nodes and lists can be changed without touching this one; constants are shared, they are immutable. */
  clone(): Graph {
    const copy = new Graph(this, this.origin);
    copy.nodes = this.nodes.map((node) => node.clone());
    for (const node of copy.nodes)
      for (const [name, attribute] of node.attributes)
        if (attribute.kind === 'graph') node.attributes.set(name, { kind: 'graph', value: attribute.value.clone() });
        else if (attribute.kind === 'graphs')
          node.attributes.set(name, { kind: 'graphs', value: attribute.value.map((one) => one.clone()) });
    return copy;
  }
}
