// Graph → GraphProto.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Attribute, type Graph, type Node, originOf } from '../model';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  NodeProtoSchema,
} from '../schema/onnx_pb';
import { withFields } from './fields';
import { writeTensor } from './tensor';
import { writeValueInfo } from './value_info';

type AttributeFields = MessageInitShape<typeof AttributeProtoSchema>;

function fieldsOf(attribute: Attribute): AttributeFields {
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
      return { type: Kind.GRAPH, g: writeGraph(attribute.value) };
    case 'graphs':
      return { type: Kind.GRAPHS, graphs: attribute.value.map((one) => writeGraph(one)) };
    default:
      return {};
  }
}

function writeAttribute(name: string, attribute: Attribute): AttributeProto {
  const origin = attribute.kind === 'other' ? attribute.value : originOf(attribute);
  if (origin !== undefined) return origin.name === name ? origin : withFields(origin, { name });
  return create(AttributeProtoSchema, { ...fieldsOf(attribute), name });
}

function writeNode(node: Node): NodeProto {
  const { name, opType, domain, inputs, outputs, origin = create(NodeProtoSchema) } = node;
  const attribute = Array.from(node.attributes, ([key, value]) => writeAttribute(key, value));
  return withFields(origin, { name, opType, domain, input: inputs, output: outputs, attribute });
}

/** A graph without its initializers. */
export function writeGraphHead(graph: Graph): GraphProto {
  return withFields(graph.origin ?? create(GraphProtoSchema), {
    name: graph.name,
    node: graph.nodes.map(writeNode),
    initializer: [],
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
    valueInfo: Array.from(graph.valueInfo.values(), writeValueInfo),
  });
}

function writeGraph(graph: Graph): GraphProto {
  const initializer = Array.from(graph.initializers, ([name, tensor]) => writeTensor(name, tensor));
  return withFields(writeGraphHead(graph), { initializer });
}
