// The files of operator test cases, as tests of single calls take them.
import { fromBinary } from '@bufbuild/protobuf';
import { type Node, readModel } from '../../lib/onnx';
import { ExternalData } from '../../lib/onnx/read/external_data';
import { readTensor } from '../../lib/onnx/read/tensor';
import { TensorProtoSchema } from '../../lib/onnx/schema/onnx_pb';

export interface OnnxTensor {
  /** 'other' for element types that octavo's own calls do not take; their data are empty. */
  readonly type: 'float32' | 'uint8' | 'int8' | 'int32' | 'other';
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array | Int8Array | Int32Array;
}

const TAKEN = ['float32', 'uint8', 'int8', 'int32'];

/** A tensor from a test case's .pb file. */
export function decodeTensor(bytes: Uint8Array): OnnxTensor {
  const tensor = readTensor(fromBinary(TensorProtoSchema, Uint8Array.from(bytes)), new ExternalData(undefined));
  const { type, dims } = tensor;
  if (!TAKEN.includes(type)) return { type: 'other', dims, data: new Uint8Array(0) };
  return { type: type as OnnxTensor['type'], dims, data: tensor.array() as OnnxTensor['data'] };
}

export interface OnnxModel {
  readonly opset: number;
  readonly nodes: readonly Node[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export function decodeModel(bytes: Uint8Array): OnnxModel {
  const { opset, graph } = readModel(Uint8Array.from(bytes));
  return {
    opset,
    nodes: graph.nodes,
    inputs: graph.inputs.map(({ name }) => name),
    outputs: graph.outputs.map(({ name }) => name),
  };
}
