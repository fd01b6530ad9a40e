// A model: a graph, the versions of the operator sets that it speaks, and what is written beside it.
import { makeError } from '../../errors';
import type { ModelProto } from '../schema/onnx_pb';
import type { Graph } from './graph';

export interface ModelParts {
  readonly graph: Graph;
  /** Operator set versions by domain; '' is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly irVersion?: number;
  readonly producer?: { readonly name: string; readonly version: string };
  readonly metadata?: ReadonlyMap<string, string>;
}

export class Model {
  graph: Graph;
  opsets: Map<string, number>;
  irVersion: number;
  producer: { readonly name: string; readonly version: string };
  /** metadata_props. */
  metadata: Map<string, string>;
  /** The message that the model was read from: functions, training info and unknown fields are written from it. */
  readonly origin: ModelProto | undefined;

  constructor(parts: ModelParts, origin?: ModelProto) {
    this.graph = parts.graph;
    this.opsets = new Map(parts.opsets);
    this.irVersion = parts.irVersion ?? 8;
    this.producer = parts.producer ?? { name: '', version: '' };
    this.metadata = new Map(parts.metadata);
    this.origin = origin;
  }

  /** The version of the standard's operator set. Throws ERR_FILE if the model names none. */
  get opset(): number {
    const version = this.opsets.get('');
    if (version === undefined) throw makeError('ERR_FILE', 'the model names no version of the ai.onnx operator set');
    return version;
  }

  /** A copy to change: what passes work on. Constants are shared, they are immutable. */
  clone(): Model {
    return new Model({ ...this, graph: this.graph.clone() }, this.origin);
  }
}
