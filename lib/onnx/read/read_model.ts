// Reads ONNX files.
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { makeError } from '../../errors';
import { readExactly, withFile } from '../../files/file_access';
import { withContext } from '../errors';
import { Model } from '../model';
import { type ModelProto, ModelProtoSchema } from '../schema/onnx_pb';
import { ExternalData } from './external_data';
import { readDomain, readGraph } from './graph';

export interface ReadModelOptions {
  /** Where external data files are looked for; default: the folder of the file. */
  readonly folder?: string | undefined;
}

function readBytes(file: string): Uint8Array {
  return withFile(file, (open) => {
    const bytes = new Uint8Array(open.bytes);
    readExactly(open, bytes, 0);
    return bytes;
  });
}

function decode(name: string, bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw makeError('ERR_FILE', `${name}: not an ONNX model: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Reads a model from a file or from its bytes, which it keeps. Tensors in external files are read when they are used.
 * @throws ERR_FILE for what is not a whole ONNX model; ERR_UNSUPPORTED for element types that are not known
 */
export function readModel(source: string | Uint8Array, options: ReadModelOptions = {}): Model {
  const name = typeof source === 'string' ? source : 'model';
  const proto = decode(name, typeof source === 'string' ? readBytes(source) : source);
  if (proto.graph === undefined) throw makeError('ERR_FILE', `${name}: not an ONNX model: it has no graph`);
  const folder = options.folder ?? (typeof source === 'string' ? path.dirname(source) : undefined);
  try {
    return new Model(
      {
        graph: readGraph(proto.graph, new ExternalData(folder)),
        opsets: new Map(proto.opsetImport.map(({ domain, version }) => [readDomain(domain), Number(version)])),
        irVersion: Number(proto.irVersion),
        producer: { name: proto.producerName, version: proto.producerVersion },
        metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
      },
      proto,
    );
  } catch (cause) {
    throw withContext(name, cause);
  }
}
