// Writes ONNX models.
import { create, toBinary } from '@bufbuild/protobuf';
import { replaceFile } from '../../files/file_access';
import type { Model } from '../model';
import {
  type ModelProto,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
} from '../schema/onnx_pb';
import { type WriteTensor, withFields, writeGraph, writeTensorInline } from './graph';

function writeProto(model: Model, writeTensor: WriteTensor): ModelProto {
  const fields = {
    irVersion: BigInt(model.irVersion),
    producerName: model.producer.name,
    producerVersion: model.producer.version,
    opsetImport: Array.from(model.opsets, ([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
    ),
    metadataProps: Array.from(model.metadata, ([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
    graph: writeGraph(model.graph, writeTensor),
  };
  return model.origin === undefined ? create(ModelProtoSchema, fields) : withFields(model.origin, fields);
}

/** The model as one protobuf message, external tensors included. Equal models give equal bytes. */
export function modelBytes(model: Model): Uint8Array {
  return toBinary(ModelProtoSchema, writeProto(model, writeTensorInline));
}

/** Writes a model to a file, which is replaced as a whole. Throws ERR_FILE if it cannot be written. */
export function writeModel(model: Model, file: string): void {
  replaceFile(file, [modelBytes(model)]);
}
