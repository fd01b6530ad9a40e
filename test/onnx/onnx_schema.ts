// The part of onnx.proto that operator test cases need, and its decoder.
import protobuf from 'protobufjs';

const field = (id: number, type: string, rule?: 'repeated') => ({ id, type, ...(rule === undefined ? {} : { rule }) });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: { fields: { graph: field(7, 'GraphProto'), opsetImport: field(8, 'OperatorSetIdProto', 'repeated') } },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: field(1, 'NodeProto', 'repeated'),
        input: field(11, 'ValueInfoProto', 'repeated'),
        output: field(12, 'ValueInfoProto', 'repeated'),
      },
    },
    ValueInfoProto: { fields: { name: field(1, 'string') } },
    NodeProto: {
      fields: {
        input: field(1, 'string', 'repeated'),
        output: field(2, 'string', 'repeated'),
        opType: field(4, 'string'),
        attribute: field(5, 'AttributeProto', 'repeated'),
      },
    },
    AttributeProto: { fields: { name: field(1, 'string'), i: field(3, 'int64') } },
    TensorProto: {
      fields: {
        dims: field(1, 'int64', 'repeated'),
        dataType: field(2, 'int32'),
        floatData: field(4, 'float', 'repeated'),
        int32Data: field(5, 'int32', 'repeated'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
  },
});

function decode<T>(type: string, bytes: Uint8Array): T {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: Number, defaults: true, arrays: true }) as T;
}

interface ModelMessage {
  readonly graph: {
    readonly node: readonly {
      readonly input: readonly string[];
      readonly output: readonly string[];
      readonly opType: string;
      readonly attribute: readonly { readonly name: string; readonly i: number }[];
    }[];
    readonly input: readonly { readonly name: string }[];
    readonly output: readonly { readonly name: string }[];
  };
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
}

interface TensorMessage {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly rawData: Uint8Array;
}

/** Element types by their numbers in onnx.proto; what is missing here has no array class of its own. */
const ELEMENT_TYPES = {
  1: ['float32', Float32Array],
  2: ['uint8', Uint8Array],
  3: ['int8', Int8Array],
  6: ['int32', Int32Array],
} as const;

export interface OnnxTensor {
  /** 'other' for element types without an array class; their data is empty. */
  readonly type: 'float32' | 'uint8' | 'int8' | 'int32' | 'other';
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array | Int8Array | Int32Array;
}

/** A tensor from a test case's .pb file. */
export function decodeTensor(bytes: Uint8Array): OnnxTensor {
  const { dims, dataType, floatData, int32Data, rawData } = decode<TensorMessage>('TensorProto', bytes);
  if (!(dataType in ELEMENT_TYPES)) return { type: 'other', dims, data: new Uint8Array(0) };
  const [type, ArrayClass] = ELEMENT_TYPES[dataType as keyof typeof ELEMENT_TYPES];
  if (rawData.length > 0) return { type, dims, data: new ArrayClass(Uint8Array.from(rawData).buffer) };
  return { type, dims, data: ArrayClass.from(type === 'float32' ? floatData : int32Data) };
}

export interface OnnxModel {
  readonly opset: number;
  readonly nodes: ModelMessage['graph']['node'];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export function decodeModel(bytes: Uint8Array): OnnxModel {
  const { graph, opsetImport } = decode<ModelMessage>('ModelProto', bytes);
  return {
    opset: opsetImport.find(({ domain }) => domain === '')?.version ?? 0,
    nodes: graph.node,
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
  };
}
