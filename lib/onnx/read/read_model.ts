// Reads ONNX files.
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { fileError, readExactly, withFile } from '../../files/file_access';
import { onnxError, withContext } from '../errors';
import { Model } from '../model';
import { type ModelProto, ModelProtoSchema } from '../schema/onnx_pb';
import { ExternalData } from './external_data';
import { readDomain, readGraph } from './graph';

export interface ReadModelOptions {
  /** Where external data files are looked for; default: the folder of the file. */
  readonly folder?: string | undefined;
}

/** What one message may be long: larger models keep their tensors in files beside it. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

function readBytes(file: string): Uint8Array {
  return withFile(file, (open) => {
    if (open.bytes > MAX_MESSAGE_BYTES)
      throw fileError(file, `not an ONNX model: ${open.bytes} bytes, a message has at most ${MAX_MESSAGE_BYTES}`);
    const bytes = new Uint8Array(open.bytes);
    readExactly(open, bytes, 0);
    return bytes;
  });
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw onnxError('ERR_FILE', `not an ONNX model: ${(cause as Error).message}`, { cause });
  }
}

function opsetsOf(proto: ModelProto): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain: long, version } of proto.opsetImport) {
    const domain = readDomain(long);
    const known = opsets.get(domain);
    if (known !== undefined && known !== Number(version))
      throw onnxError('ERR_FILE', `imports versions ${known} and ${version} of the operator set '${long}'`);
    opsets.set(domain, Number(version));
  }
  return opsets;
}

function modelOf(proto: ModelProto, external: ExternalData): Model {
  if (proto.graph === undefined) throw onnxError('ERR_FILE', 'not an ONNX model: it has no graph');
  return new Model(
    {
      graph: readGraph(proto.graph, external),
      opsets: opsetsOf(proto),
      irVersion: Number(proto.irVersion),
      producer: { name: proto.producerName, version: proto.producerVersion },
      metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
    },
    proto,
  );
}

/**
 * Reads a model from a file or from its bytes, which it keeps. Tensors in external files are read when they are used. Nodes
 * come in topological order, whatever theirs in the file.
 * @throws ERR_FILE for what is not a whole ONNX model, a cycle, a name that stands twice, a tensor whose data do not fit
 *   or lie elsewhere; ERR_UNSUPPORTED for element types that are not known
 */
export function readModel(source: string | Uint8Array, options: ReadModelOptions = {}): Model {
  const file = typeof source === 'string' ? source : undefined;
  const folder = options.folder ?? (file === undefined ? undefined : path.dirname(file));
  const bytes = typeof source === 'string' ? readBytes(source) : source;
  try {
    return modelOf(decode(bytes), new ExternalData(folder, file));
  } catch (cause) {
    throw withContext(file ?? 'model', cause);
  }
}
