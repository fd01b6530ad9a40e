// Small ONNX models: nodes, inputs, outputs, constant initializers. IR version 8, opset 17.
import { type Attribute, attribute, Graph, Model, ModelTensor, modelBytes, Node, type ValueInfo } from '../../lib/onnx';
import type { PeerTensor } from '../contestant';

const OPSET = 17;
const ORT_DOMAIN = 'com.microsoft';

export interface OnnxNode {
  readonly op: string;
  /** Of onnxruntime's own operators. Default: the standard's. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integer attributes. */
  readonly attributes?: Readonly<Record<string, number>>;
}

type Described = Readonly<Record<string, Pick<PeerTensor, 'type' | 'dims'>>>;

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** Name to tensor; of inputs and outputs only type and dims count. */
  readonly inputs: Described;
  readonly outputs: Described;
  readonly initializers: Readonly<Record<string, PeerTensor>>;
}

function nodeOf({ op, domain = '', inputs, outputs, attributes = {} }: OnnxNode): Node {
  const entries = Object.entries(attributes).map(([name, value]): [string, Attribute] => [name, attribute.int(value)]);
  return new Node({ opType: op, domain, inputs, outputs, attributes: new Map(entries) });
}

const infosOf = (values: Described): ValueInfo[] =>
  Object.entries(values).map(([name, { type, dims }]) => ({ name, type: { kind: 'tensor', elementType: type, dims } }));

/** The bytes of a model with `graph` in it. */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const initializers = Object.entries(graph.initializers).map(
    ([name, { type, dims, data }]) => [name, ModelTensor.of(type, dims, data)] as const,
  );
  const parts = {
    name: 'bench',
    nodes: graph.nodes.map(nodeOf),
    inputs: infosOf(graph.inputs),
    outputs: infosOf(graph.outputs),
    initializers: new Map(initializers),
  };
  const producer = { name: 'octavo', version: '' };
  const opsets = new Map([['', OPSET]]);
  if (graph.nodes.some(({ domain }) => domain !== undefined)) opsets.set(ORT_DOMAIN, 1);
  return modelBytes(new Model({ graph: new Graph(parts), opsets, irVersion: 8, producer }));
}
