// Writes ONNX models.
import path from 'node:path';
import { replaceFile, replaceFiles } from '../../files/replace_files';
import { onnxError, withContext } from '../errors';
import type { Model } from '../model';
import { ExternalLayout } from './external_data';
import { type Message, messageOf } from './message';
import { splitTensor } from './tensor';

/** What one protobuf message can hold. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

export interface WriteModelOptions {
  /**
   * Where tensors go: 'never' into the model's file, 'always' into the file `<name>_data` beside it, but for those below
   * 1 kB; 'auto' (the default) beside it where the model would come to more than 2 GB.
   */
  readonly external?: 'auto' | 'always' | 'never' | undefined;
}

function checkLength({ byteLength }: Message): void {
  if (byteLength <= MAX_MESSAGE_BYTES) return;
  throw onnxError('ERR_UNSUPPORTED', `the model takes ${byteLength} bytes, a message holds ${MAX_MESSAGE_BYTES}`, {
    hint: "Write it to a file with { external: 'auto' }.",
  });
}

/** Bytes of the model as one message, also where a message cannot hold them. Nothing is read or computed for it. */
export function modelByteLength(model: Model): number {
  return messageOf(model, splitTensor).byteLength;
}

/**
 * The model as one protobuf message, external tensors included. Equal models give equal bytes.
 * @throws ERR_UNSUPPORTED above 2 GB
 */
export function modelBytes(model: Model): Uint8Array {
  const message = messageOf(model, splitTensor);
  checkLength(message);
  const bytes = new Uint8Array(message.byteLength);
  let end = 0;
  for (const chunk of message.chunks()) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

function writeExternal(model: Model, file: string): void {
  const data = `${file}_data`;
  const layout = new ExternalLayout(model, path.basename(data));
  const message = messageOf(model, layout.place);
  checkLength(message);
  const files = [{ file, chunks: message.chunks() }];
  replaceFiles(layout.isEmpty ? files : [{ file: data, chunks: layout.chunks() }, ...files]);
}

/**
 * Writes a model to a file, and its tensors to one beside it where the options say so. Files are replaced as a whole; the
 * tensors' bytes are asked for one tensor at a time.
 * @throws ERR_FILE if it cannot be written; ERR_UNSUPPORTED above 2 GB with `external: 'never'`
 */
export function writeModel(model: Model, file: string, { external = 'auto' }: WriteModelOptions = {}): void {
  if (external === 'always') {
    writeExternal(model, file);
    return;
  }
  const message = messageOf(model, splitTensor);
  if (external === 'auto' && message.byteLength > MAX_MESSAGE_BYTES) {
    writeExternal(model, file);
    return;
  }
  try {
    checkLength(message);
  } catch (cause) {
    throw withContext(file, cause);
  }
  replaceFile(file, message.chunks());
}
