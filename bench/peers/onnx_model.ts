// Encodes a small ONNX model: nodes, inputs, one output, constant initializers. Field numbers are those of onnx.proto.
import type { PeerTensor } from '../contestant';
import { ProtobufWriter } from './protobuf';

const IR_VERSION = 8;
const OPSET = 17;
const ELEMENT_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;
const ATTRIBUTE_INT = 2;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integer attributes. */
  readonly attributes?: Readonly<Record<string, number>>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** Name to tensor; of inputs and outputs only type and dims count. */
  readonly inputs: Readonly<Record<string, Pick<PeerTensor, 'type' | 'dims'>>>;
  readonly outputs: Readonly<Record<string, Pick<PeerTensor, 'type' | 'dims'>>>;
  readonly initializers: Readonly<Record<string, PeerTensor>>;
}

/** The element type's number in an ONNX file. */
export function onnxElementType(type: PeerTensor['type']): number {
  return ELEMENT_TYPE[type];
}

function encodeNode(node: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  writer.string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    writer.message(5, new ProtobufWriter().string(1, name).integer(3, value).integer(20, ATTRIBUTE_INT));
  }
  return writer;
}

function encodeInitializer(name: string, tensor: PeerTensor): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const dim of tensor.dims) writer.integer(1, dim);
  const { buffer, byteOffset, byteLength } = tensor.data;
  return writer
    .integer(2, ELEMENT_TYPE[tensor.type])
    .string(8, name)
    .bytes(9, new Uint8Array(buffer, byteOffset, byteLength));
}

function encodeValueInfo(name: string, value: Pick<PeerTensor, 'type' | 'dims'>): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dim of value.dims) shape.message(1, new ProtobufWriter().integer(1, dim));
  const tensorType = new ProtobufWriter().integer(1, ELEMENT_TYPE[value.type]).message(2, shape);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

/** The bytes of a ModelProto (IR version 8, opset 17) with `graph` in it. Raw data is little-endian, as typed arrays are here. */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const writer = new ProtobufWriter();
  for (const node of graph.nodes) writer.message(1, encodeNode(node));
  writer.string(2, 'bench');
  for (const [name, tensor] of Object.entries(graph.initializers)) writer.message(5, encodeInitializer(name, tensor));
  for (const [name, value] of Object.entries(graph.inputs)) writer.message(11, encodeValueInfo(name, value));
  for (const [name, value] of Object.entries(graph.outputs)) writer.message(12, encodeValueInfo(name, value));
  const opset = new ProtobufWriter().string(1, '').integer(2, OPSET);
  return new ProtobufWriter().integer(1, IR_VERSION).string(2, 'octavo').message(7, writer).message(8, opset).finish();
}
