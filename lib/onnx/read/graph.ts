// GraphProto → Graph.
import { type Attribute, type Dim, elementTypeOf, Graph, Node, type ValueInfo, type ValueType } from '../model';
import {
  type AttributeProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  type TypeProto,
  type ValueInfoProto,
} from '../schema/onnx_pb';
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

const readValueInfo = (proto: ValueInfoProto): ValueInfo => ({
  name: proto.name,
  type: readType(proto.type),
  origin: proto,
});

/** Files of the first versions leave the type out: then the field that is there tells. */
function kindOf(proto: AttributeProto): Kind {
  if (proto.type !== Kind.UNDEFINED) return proto.type;
  if (proto.ints.length > 0) return Kind.INTS;
  if (proto.floats.length > 0) return Kind.FLOATS;
  if (proto.strings.length > 0) return Kind.STRINGS;
  if (proto.t !== undefined) return Kind.TENSOR;
  if (proto.g !== undefined) return Kind.GRAPH;
  if (proto.s.length > 0) return Kind.STRING;
  return proto.f !== 0 ? Kind.FLOAT : Kind.INT;
}

function readAttribute(proto: AttributeProto, external: ExternalData): Attribute {
  if (proto.refAttrName !== '') return { kind: 'other', value: proto };
  const kind = kindOf(proto);
  if (kind === Kind.INT) return { kind: 'int', value: proto.i };
  if (kind === Kind.INTS) return { kind: 'ints', value: proto.ints };
  if (kind === Kind.FLOAT) return { kind: 'float', value: proto.f };
  if (kind === Kind.FLOATS) return { kind: 'floats', value: proto.floats };
  if (kind === Kind.STRING) return { kind: 'string', value: proto.s };
  if (kind === Kind.STRINGS) return { kind: 'strings', value: proto.strings };
  if (kind === Kind.TENSOR && proto.t !== undefined) return { kind: 'tensor', value: readTensor(proto.t, external) };
  if (kind === Kind.GRAPH && proto.g !== undefined) return { kind: 'graph', value: readGraph(proto.g, external) };
  if (kind === Kind.GRAPHS) return { kind: 'graphs', value: proto.graphs.map((one) => readGraph(one, external)) };
  return { kind: 'other', value: proto };
}

/** 'ai.onnx' is the long name of the standard's domain, ''. */
export const readDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

function readNode(proto: NodeProto, external: ExternalData): Node {
  const attributes = new Map(proto.attribute.map((one) => [one.name, readAttribute(one, external)]));
  const { name, opType, input, output } = proto;
  return new Node(
    { name, opType, domain: readDomain(proto.domain), inputs: input, outputs: output, attributes },
    proto,
  );
}

/** Throws ERR_FILE, ERR_UNSUPPORTED for tensors that cannot be read. */
export function readGraph(proto: GraphProto, external: ExternalData): Graph {
  const initializers = new Map(proto.initializer.map((one) => [one.name, readTensor(one, external)]));
  const parts = {
    name: proto.name,
    nodes: proto.node.map((one) => readNode(one, external)),
    inputs: proto.input.filter(({ name }) => !initializers.has(name)).map(readValueInfo),
    outputs: proto.output.map(readValueInfo),
    valueInfo: new Map(proto.valueInfo.map((one) => [one.name, readValueInfo(one)])),
    initializers,
  };
  return new Graph(parts, proto);
}
