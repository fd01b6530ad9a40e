// Graph → GraphProto.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type Attribute,
  codeOf,
  type Dim,
  type Graph,
  type ModelTensor,
  type Node,
  type ValueInfo,
  type ValueType,
} from '../model';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../schema/onnx_pb';

/** Decides where a tensor's bytes go; the default keeps them in the model. */
export type WriteTensor = (name: string, tensor: ModelTensor) => TensorProto;

export const writeTensorInline: WriteTensor = (name, tensor) => {
  const common = { name, dims: tensor.dims.map(BigInt), dataType: codeOf(tensor.type) };
  if (tensor.type !== 'string') return create(TensorProtoSchema, { ...common, rawData: tensor.bytes() });
  const encoder = new TextEncoder();
  return create(TensorProtoSchema, { ...common, stringData: tensor.strings().map((one) => encoder.encode(one)) });
};

function writeDim(dim: Dim): TensorShapeProto_Dimension {
  if (dim === null) return create(TensorShapeProto_DimensionSchema);
  if (typeof dim === 'string')
    return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: dim } });
  return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(dim) } });
}

function writeType(type: ValueType): TypeProto {
  if (type.kind === 'other') return type.proto;
  const { dims, elementType } = type;
  const value = {
    elemType: elementType === undefined ? 0 : codeOf(elementType),
    ...(dims === undefined ? {} : { shape: { dim: dims.map(writeDim) } }),
  };
  return create(TypeProtoSchema, { value: { case: 'tensorType', value } });
}

const writeValueInfo = ({ name, type }: ValueInfo): ValueInfoProto =>
  create(ValueInfoProtoSchema, { name, ...(type === undefined ? {} : { type: writeType(type) }) });

/** A message's own fields with new ones in their place; fields that octavo does not know stay. */
export function withFields<T extends object>(origin: T, fields: Partial<T>): T {
  return Object.assign(Object.create(Object.getPrototypeOf(origin)), origin, fields);
}

type AttributeFields = MessageInitShape<typeof AttributeProtoSchema>;

function fieldsOf(attribute: Attribute, writeTensor: WriteTensor): AttributeFields {
  switch (attribute.kind) {
    case 'int':
      return { type: Kind.INT, i: attribute.value };
    case 'ints':
      return { type: Kind.INTS, ints: [...attribute.value] };
    case 'float':
      return { type: Kind.FLOAT, f: attribute.value };
    case 'floats':
      return { type: Kind.FLOATS, floats: [...attribute.value] };
    case 'string':
      return { type: Kind.STRING, s: attribute.value };
    case 'strings':
      return { type: Kind.STRINGS, strings: [...attribute.value] };
    case 'tensor':
      return { type: Kind.TENSOR, t: writeTensor('', attribute.value) };
    case 'graph':
      return { type: Kind.GRAPH, g: writeGraph(attribute.value, writeTensor) };
    case 'graphs':
      return { type: Kind.GRAPHS, graphs: attribute.value.map((one) => writeGraph(one, writeTensor)) };
    default:
      return {};
  }
}

function writeAttribute(name: string, attribute: Attribute, writeTensor: WriteTensor): AttributeProto {
  if (attribute.kind === 'other') return attribute.value;
  return create(AttributeProtoSchema, { ...fieldsOf(attribute, writeTensor), name });
}

function writeNode(node: Node, writeTensor: WriteTensor): NodeProto {
  const { name, opType, domain, inputs, outputs, origin } = node;
  const attribute = Array.from(node.attributes, ([key, value]) => writeAttribute(key, value, writeTensor));
  const fields = { name, opType, domain, input: inputs, output: outputs, attribute };
  return origin === undefined ? create(NodeProtoSchema, fields) : withFields(origin, fields);
}

export function writeGraph(graph: Graph, writeTensor: WriteTensor): GraphProto {
  const fields = {
    name: graph.name,
    node: graph.nodes.map((node) => writeNode(node, writeTensor)),
    initializer: Array.from(graph.initializers, ([name, tensor]) => writeTensor(name, tensor)),
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
    valueInfo: Array.from(graph.valueInfo.values(), writeValueInfo),
  };
  return graph.origin === undefined ? create(GraphProtoSchema, fields) : withFields(graph.origin, fields);
}
