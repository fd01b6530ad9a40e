// GraphProto → Graph.
import { onnxError } from '../errors';
import {
  type Dim,
  elementTypeOf,
  Graph,
  inTopologicalOrder,
  Node,
  rememberOrigin,
  type ValueInfo,
  type ValueType,
} from '../model';
import type { GraphProto, NodeProto, TypeProto, ValueInfoProto } from '../schema/onnx_pb';
import { readAttribute } from './attribute';
import type { ExternalData } from './external_data';
import { readTensor } from './tensor';

function readDim({ case: kind, value }: { case?: string | undefined; value?: bigint | string | undefined }): Dim {
  if (kind === 'dimParam') return value === '' ? null : (value as string);
  return kind === 'dimValue' && (value as bigint) >= 0n ? Number(value) : null;
}

function readType(proto: TypeProto | undefined): ValueType | undefined {
  if (proto?.value.case === undefined) return undefined;
  if (proto.value.case !== 'tensorType') return { kind: 'other', proto };
  const { elemType, shape } = proto.value.value;
  return { kind: 'tensor', elementType: elementTypeOf(elemType), dims: shape?.dim.map(({ value }) => readDim(value)) };
}

function readValueInfo(proto: ValueInfoProto): ValueInfo {
  const info: ValueInfo = { name: proto.name, type: readType(proto.type) };
  rememberOrigin(info, proto);
  return info;
}

/** 'ai.onnx' is the long name of the standard's domain, ''. */
export const readDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** A map by name; throws ERR_FILE for a name that stands twice. */
function byName<T>(pairs: readonly (readonly [string, T])[], what: string, details: { node?: string }): Map<string, T> {
  const map = new Map(pairs);
  if (map.size === pairs.length) return map;
  const names = new Set<string>();
  const twice = pairs.map(([name]) => name).find((name) => names.has(name) || !names.add(name));
  throw onnxError(
    'ERR_FILE',
    `${what} '${twice}' is there twice`,
    details.node === undefined ? { tensor: twice } : details,
  );
}

function readNode(proto: NodeProto, external: ExternalData): Node {
  const { name, opType, input, output } = proto;
  const parts = { name, opType, domain: readDomain(proto.domain), inputs: input, outputs: output };
  const { label } = new Node(parts);
  const attributes = proto.attribute.map((one) => [one.name, readAttribute(one, label, external, readGraph)] as const);
  return new Node({ ...parts, attributes: byName(attributes, `${label}: attribute`, { node: name || label }) }, proto);
}

/** Throws ERR_FILE; ERR_UNSUPPORTED for tensors that cannot be read. */
export function readGraph(proto: GraphProto, external: ExternalData): Graph {
  const tensors = proto.initializer.map((one) => [one.name, readTensor(one, external)] as const);
  const initializers = byName(tensors, 'the initializer', {});
  const parts = {
    name: proto.name,
    nodes: inTopologicalOrder(proto.node.map((one) => readNode(one, external))),
    inputs: proto.input.filter(({ name }) => !initializers.has(name)).map(readValueInfo),
    outputs: proto.output.map(readValueInfo),
    valueInfo: new Map(proto.valueInfo.map((one) => [one.name, readValueInfo(one)])),
    initializers,
  };
  return new Graph(parts, proto);
}
