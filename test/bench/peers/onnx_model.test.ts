import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { encodeOnnxModel } from '../../../bench/peers/onnx_model';
import { ProtobufWriter } from '../../../bench/peers/protobuf';

// The fields of onnx.proto (IR version 8) that the encoder writes, with the schema's own numbers.
const SCHEMA = `
syntax = "proto2";
message AttributeProto { optional string name = 1; optional float f = 2; optional int64 i = 3; optional int32 type = 20; }
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message NodeProto { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated AttributeProto attribute = 5; }
message ModelProto { optional int64 ir_version = 1; optional string producer_name = 2; optional GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }
message GraphProto { repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5; repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
message TensorProto { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message TensorShapeProto { message Dimension { optional int64 dim_value = 1; } repeated Dimension dim = 1; }
message TypeProto { message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; } optional Tensor tensor_type = 1; }
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
`;
const root = protobuf.parse(SCHEMA, { keepCase: true }).root;

function decode(bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType('ModelProto');
  return type.toObject(type.decode(bytes), { longs: Number, bytes: Array, defaults: false });
}

describe('encodeOnnxModel', () => {
  it('writes every field where the ONNX schema has it', () => {
    const model = encodeOnnxModel({
      nodes: [
        { op: 'MatMulInteger', inputs: ['x', 'w'], outputs: ['p'] },
        { op: 'Cast', inputs: ['p'], outputs: ['y'], attributes: { to: 1 } },
      ],
      inputs: { x: { type: 'uint8', dims: [1, 300] } },
      outputs: { y: { type: 'float32', dims: [1, 2] } },
      initializers: { w: { type: 'int8', dims: [300, 2], data: new Int8Array(600).fill(-2) } },
    });
    const tensorType = (type: number, ...dims: number[]) => ({
      tensor_type: { elem_type: type, shape: { dim: dims.map((dim) => ({ dim_value: dim })) } },
    });
    expect(decode(model)).toEqual({
      ir_version: 8,
      producer_name: 'octavo',
      opset_import: [{ domain: '', version: 17 }],
      graph: {
        name: 'bench',
        node: [
          { op_type: 'MatMulInteger', input: ['x', 'w'], output: ['p'] },
          { op_type: 'Cast', input: ['p'], output: ['y'], attribute: [{ name: 'to', i: 1, type: 2 }] },
        ],
        initializer: [{ name: 'w', data_type: 3, dims: [300, 2], raw_data: new Array(600).fill(254) }],
        input: [{ name: 'x', type: tensorType(2, 1, 300) }],
        output: [{ name: 'y', type: tensorType(1, 1, 2) }],
      },
    });
  });

  it('takes only the view of an initializer, not the buffer behind it', () => {
    const data = Float32Array.of(1, 2, 3).subarray(1);
    const initializers = { w: { type: 'float32', dims: [2], data } } as const;
    const { graph } = decode(encodeOnnxModel({ nodes: [], inputs: {}, outputs: {}, initializers }));
    const [tensor] = (graph as { initializer: { raw_data: number[] }[] }).initializer;
    expect(new Float32Array(Uint8Array.from(tensor?.raw_data ?? []).buffer)).toEqual(Float32Array.of(2, 3));
  });
});

describe('ProtobufWriter', () => {
  it('writes integers as protobufjs does, beyond 32 bits too', () => {
    for (const value of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]) {
      const reader = protobuf.Reader.create(new ProtobufWriter().integer(20, value).finish());
      expect(reader.uint32()).toBe(20 * 8);
      expect(Number(reader.int64().toString())).toBe(value);
    }
  });
});
