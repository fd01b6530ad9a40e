// AttributeProto → Attribute.
import { onnxError } from '../errors';
import { type Attribute, type Graph, rememberOrigin } from '../model';
import { type AttributeProto, type GraphProto, AttributeProto_AttributeType as Kind } from '../schema/onnx_pb';
import type { ExternalData } from './external_data';
import { readTensor } from './tensor';

/** How the graphs within attributes are read. */
export type ReadGraph = (proto: GraphProto, external: ExternalData) => Graph;

/** The fields that hold values, in the order in which a file without types is guessed at. */
function* heldKinds(proto: AttributeProto): Generator<Kind> {
  if (proto.ints.length > 0) yield Kind.INTS;
  if (proto.floats.length > 0) yield Kind.FLOATS;
  if (proto.strings.length > 0) yield Kind.STRINGS;
  if (proto.tensors.length > 0) yield Kind.TENSORS;
  if (proto.graphs.length > 0) yield Kind.GRAPHS;
  if (proto.sparseTensors.length > 0) yield Kind.SPARSE_TENSORS;
  if (proto.typeProtos.length > 0) yield Kind.TYPE_PROTOS;
  if (proto.t !== undefined) yield Kind.TENSOR;
  if (proto.g !== undefined) yield Kind.GRAPH;
  if (proto.sparseTensor !== undefined) yield Kind.SPARSE_TENSOR;
  if (proto.tp !== undefined) yield Kind.TYPE_PROTO;
  if (proto.s.length > 0) yield Kind.STRING;
  if (proto.f !== 0) yield Kind.FLOAT;
  if (proto.i !== 0n) yield Kind.INT;
}

/** Files of the first versions leave the type out: then the field that is there tells. */
function kindOf(proto: AttributeProto, node: string): Kind {
  const held = [...heldKinds(proto)];
  if (proto.type === Kind.UNDEFINED) return held[0] ?? Kind.INT;
  const foreign = held.find((kind) => kind !== proto.type);
  if (foreign === undefined) return proto.type;
  const message = `attribute '${proto.name}' of ${node} is of kind ${Kind[proto.type]}, but holds ${Kind[foreign]}`;
  throw onnxError('ERR_FILE', message, { node });
}

function attributeOf(kind: Kind, proto: AttributeProto, external: ExternalData, readGraph: ReadGraph): Attribute {
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

/** Graphs are mutable, and a tensor in a file lies where the model was read: those are written anew. */
function isWrittenAsRead(attribute: Attribute): boolean {
  if (attribute.kind === 'graph' || attribute.kind === 'graphs') return false;
  return attribute.kind !== 'tensor' || attribute.value.source.kind !== 'file';
}

/** Throws ERR_FILE for an attribute that holds other values than its type says; what reading its tensors throws. */
export function readAttribute(
  proto: AttributeProto,
  node: string,
  external: ExternalData,
  readGraph: ReadGraph,
): Attribute {
  if (proto.refAttrName !== '') return { kind: 'other', value: proto };
  const attribute = attributeOf(kindOf(proto, node), proto, external, readGraph);
  if (isWrittenAsRead(attribute)) rememberOrigin(attribute, proto);
  return attribute;
}
