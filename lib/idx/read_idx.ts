// Reads IDX files (the format of MNIST), big-endian values after a header.
import zlib from 'node:zlib';
import { fileError, readExactly, withFile } from '../files/file_access';
import { type IdxArray, swapBytes } from './element_codes';
import { MAX_BYTES, parseIdxHeader } from './idx_header';

/** More compressed bytes than any IDX header needs. */
const HEAD_BYTES = 4096;

function inflate(file: string, bytes: Buffer): Buffer {
  const gunzip = (input: Buffer, options: zlib.ZlibOptions) => {
    try {
      return zlib.gunzipSync(input, options);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ERR_BUFFER_TOO_LARGE')
        throw fileError(file, 'it holds more bytes than its dimensions promise', cause);
      throw fileError(file, code === 'Z_BUF_ERROR' ? 'truncated gzip data' : `broken gzip data: ${message}`, cause);
    }
  };
  const head = gunzip(bytes.subarray(0, HEAD_BYTES), { finishFlush: zlib.constants.Z_SYNC_FLUSH });
  return gunzip(bytes, { maxOutputLength: parseIdxHeader(file, head).totalBytes, chunkSize: 2 ** 18 });
}

function readWhole(path: string): Buffer {
  return withFile(path, (file) => {
    if (file.bytes > MAX_BYTES) throw fileError(path, 'larger than 2 GiB');
    const bytes = Buffer.alloc(file.bytes);
    readExactly(file, bytes, 0);
    return bytes;
  });
}

/**
 * Reads an IDX file, gzipped or not (told by its first bytes, not its name), of at most 2 GiB.
 * @returns values in row-major order; uint8, int8, int16, int32, float32 or float64
 * @throws ERR_FILE, naming the file and the fault, if it cannot be read, is broken gzip, is not IDX, or is shorter
 *   or longer than its dimensions promise; never more memory is used than they promise
 */
export function readIdx(path: string): IdxArray {
  const raw = readWhole(path);
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? inflate(path, raw) : raw;
  const { element, dims, headerBytes, totalBytes } = parseIdxHeader(path, bytes);
  if (bytes.length < totalBytes)
    throw fileError(path, `truncated: ${bytes.length} bytes, its dimensions ${dims.join(' x ')} promise ${totalBytes}`);
  if (bytes.length > totalBytes)
    throw fileError(path, `${bytes.length - totalBytes} bytes more than its dimensions ${dims.join(' x ')} promise`);
  const values = new Uint8Array(totalBytes - headerBytes);
  values.set(bytes.subarray(headerBytes));
  swapBytes(Buffer.from(values.buffer), element.bytes);
  return { type: element.type, dims, data: element.view(values.buffer) };
}
