// An operator of a graph: names of the tensors that it reads and writes, and its attributes.
import type { NodeProto } from '../schema/onnx_pb';
import type { Attribute } from './attribute';
import type { Graph } from './graph';

export interface NodeParts {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>> | ReadonlyMap<string, Attribute>;
}

export class Node {
  /** May be empty in files; `label` always names the node. */
  name: string;
  opType: string;
  /** '' is ai.onnx, the standard's own. */
  domain: string;
  /** An absent optional input is ''. */
  inputs: string[];
  /** An output that nobody reads may be ''. */
  outputs: string[];
  attributes: Map<string, Attribute>;
  /** The message that the node was read from, for fields that octavo does not know. */
  readonly origin: NodeProto | undefined;

  constructor(parts: NodeParts, origin?: NodeProto) {
    const { attributes = {} } = parts;
    this.name = parts.name ?? '';
    this.opType = parts.opType;
    this.domain = parts.domain ?? '';
    this.inputs = [...parts.inputs];
    this.outputs = [...parts.outputs];
    this.attributes = attributes instanceof Map ? new Map(attributes) : new Map(Object.entries(attributes));
    this.origin = origin;
  }

  /** How messages name the node: "Conv 'stem/conv'", or by its first output where it has no name. */
  get label(): string {
    return `${this.opType} '${this.name || (this.outputs.find((output) => output !== '') ?? '')}'`;
  }

  /** True for an operator of the standard, or of `domain`. */
  is(opType: string, domain = ''): boolean {
    return this.opType === opType && this.domain === domain;
  }

  /** The graphs within the node: bodies of If, Loop and Scan. */
  get graphs(): readonly Graph[] {
    const found: Graph[] = [];
    for (const attribute of this.attributes.values()) {
      if (attribute.kind === 'graph') found.push(attribute.value);
      else if (attribute.kind === 'graphs') found.push(...attribute.value);
    }
    return found;
  }

  clone(): Node {
    return new Node(this, this.origin);
  }
}
