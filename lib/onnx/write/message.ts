// A model's message in pieces: the bytes of its tensors are asked for one tensor at a time, when they are written.
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Graph, Model, ModelTensor, ValueInfo } from '../model';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
} from '../schema/onnx_pb';
import { withFields } from './fields';
import { writeGraphHead } from './graph';
import { rawBytes, type SplitTensor } from './tensor';
import { writeValueInfo } from './value_info';

/** From this version on initializers need not be inputs too. */
const IR_OF_FREE_INITIALIZERS = 4;

interface Piece {
  readonly byteLength: number;
  readonly bytes: () => Uint8Array;
}

const pieceOf = (bytes: Uint8Array): Piece => ({ byteLength: bytes.length, bytes: () => bytes });
const lengthOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** The tag of a field of bytes or of a message, and its length. */
function fieldHead(field: number, byteLength: number): Piece {
  const LENGTH_DELIMITED = 2;
  return pieceOf(new BinaryWriter().tag(field, LENGTH_DELIMITED).uint32(byteLength).finish());
}

const nested = (field: number, pieces: readonly Piece[]): Piece[] => [fieldHead(field, lengthOf(pieces)), ...pieces];

function tensorPieces(name: string, { message, raw }: SplitTensor): Piece[] {
  const head = pieceOf(toBinary(TensorProtoSchema, message));
  if (raw === undefined) return [head];
  const body: Piece = { byteLength: raw.byteLength, bytes: () => rawBytes(name, raw) };
  return [head, ...nested(TensorProtoSchema.field.rawData.number, [body])];
}

const infoOf = (name: string, { type, dims }: ModelTensor): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType: type, dims },
});

/** Files of the first versions list initializers among the inputs. */
function headOf(graph: Graph, irVersion: number): GraphProto {
  const head = writeGraphHead(graph);
  if (irVersion >= IR_OF_FREE_INITIALIZERS) return head;
  const listed = Array.from(graph.initializers, ([name, tensor]) => writeValueInfo(infoOf(name, tensor)));
  return withFields(head, { input: [...head.input, ...listed] });
}

function modelHead(model: Model): ModelProto {
  return withFields(model.origin ?? create(ModelProtoSchema), {
    irVersion: BigInt(model.irVersion),
    producerName: model.producer.name,
    producerVersion: model.producer.version,
    opsetImport: Array.from(model.opsets, ([domain, version]) =>
      create(OperatorSetIdProtoSchema, { ...(domain === '' ? {} : { domain }), version: BigInt(version) }),
    ),
    metadataProps: Array.from(model.metadata, ([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
    graph: undefined,
  });
}

/** How a tensor of the main graph is written. */
export type PlaceTensor = (name: string, tensor: ModelTensor) => SplitTensor;

export interface Message {
  readonly byteLength: number;
  /** The bytes in order; each pass asks the tensors again. */
  chunks(): Iterable<Uint8Array>;
}

/** The message of a model. Equal models give equal bytes. */
export function messageOf(model: Model, place: PlaceTensor): Message {
  const { graph } = model;
  const tensors = Array.from(graph.initializers, ([name, tensor]) =>
    nested(GraphProtoSchema.field.initializer.number, tensorPieces(name, place(name, tensor))),
  );
  const pieces = [
    pieceOf(toBinary(ModelProtoSchema, modelHead(model))),
    ...nested(ModelProtoSchema.field.graph.number, [
      pieceOf(toBinary(GraphProtoSchema, headOf(graph, model.irVersion))),
      ...tensors.flat(),
    ]),
  ];
  return {
    byteLength: lengthOf(pieces),
    *chunks() {
      for (const piece of pieces) yield piece.bytes();
    },
  };
}
