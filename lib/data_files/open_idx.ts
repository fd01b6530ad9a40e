// IDX files, gzipped or not: one array, inflated piece by piece.
import { pipeline } from 'node:stream';
import zlib from 'node:zlib';
import { isOctavoError } from '../errors';
import { fileError, type OpenFile, readRange } from '../files/file_access';
import { MAX_HEADER_BYTES, parseIdxHeader } from '../idx';
import { ByteReader } from './byte_reader';
import { skipBytes } from './skip_bytes';
import type { StoredTensor } from './stored_tensor';

async function* gunzip(file: OpenFile): AsyncGenerator<Uint8Array, void, undefined> {
  const inflated = zlib.createGunzip();
  pipeline(readRange(file, 0, file.bytes), inflated, () => undefined); // its failure is what the loop below throws
  try {
    for await (const chunk of inflated as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    if (isOctavoError(cause)) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const fault = code === 'Z_BUF_ERROR' ? 'truncated gzip data' : `broken gzip data: ${message}`;
    throw fileError(file.path, fault, cause);
  } finally {
    inflated.destroy();
  }
}

/** The array of an IDX file. Throws ERR_FILE unless it is as long as its header says (a gzipped one when it is read). */
export async function openIdx(file: OpenFile, gzipped: boolean, scale: number): Promise<StoredTensor> {
  const { path } = file;
  const chunks = () => (gzipped ? gunzip(file) : readRange(file, 0, file.bytes));
  const reader = new ByteReader(chunks());
  const head = Buffer.alloc(MAX_HEADER_BYTES);
  const got = await reader.read(head).finally(() => reader.close());
  const { element, dims, headerBytes, totalBytes } = parseIdxHeader(path, head.subarray(0, got));
  if (!gzipped && file.bytes !== totalBytes)
    throw fileError(path, `${file.bytes} bytes, its dimensions ${dims.join(' x ')} promise ${totalBytes}`);
  const encoding = { type: element.type, bigEndian: true, scale };
  const bytes = () => skipBytes(chunks(), headerBytes);
  return { file: path, name: undefined, dims, encoding, fortranOrder: false, bytes };
}
