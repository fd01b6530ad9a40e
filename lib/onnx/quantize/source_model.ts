// The model that is quantized: from a file, an address of a file, or bytes.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readExactly, withFile } from '../../files/file_access';
import { reject } from '../../validate';
import type { Model } from '../model';
import { readModel } from '../read';
import type { FileRow } from '../report';

export interface SourceModel {
  readonly model: Model;
  readonly file: FileRow;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const CHUNK = 2 ** 24;

/** Hash of a file of any size, without holding it. */
function hashFile(file: string): { bytes: number; sha256: string } {
  return withFile(file, (open) => {
    const hash = createHash('sha256');
    for (let at = 0; at < open.bytes; at += CHUNK) {
      const chunk = new Uint8Array(Math.min(CHUNK, open.bytes - at));
      readExactly(open, chunk, at);
      hash.update(chunk);
    }
    return { bytes: open.bytes, sha256: hash.digest('hex') };
  });
}

/** Bytes that the tensors of external files add to those of the model's own. */
function externalBytes({ graph }: Model): number {
  let total = 0;
  for (const { source } of graph.initializers.values()) if (source.kind === 'file') total += source.byteLength;
  return total;
}

/**
 * Reads what is to be quantized. The file's name is kept without its folder: results must not depend on where it lies.
 * @throws ERR_FILE, ERR_UNSUPPORTED as readModel does; ERR_DTYPE for what is none of the three
 */
export function readSource(source: string | URL | Uint8Array): SourceModel {
  if (source instanceof Uint8Array) {
    const model = readModel(source);
    return { model, file: { name: 'model.onnx', bytes: source.length, sha256: sha256Of(source) } };
  }
  const file = source instanceof URL ? fileURLToPath(source) : source;
  if (typeof file !== 'string') reject('source', 'a path, a file: URL or a Uint8Array', source, 'ERR_DTYPE');
  const model = readModel(file);
  const { bytes, sha256 } = hashFile(file);
  return { model, file: { name: path.basename(file), bytes: bytes + externalBytes(model), sha256 } };
}
