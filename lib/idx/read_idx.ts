// Reads IDX files (the format of MNIST): 00 00 <element code> <number of dims>, dims as u32, values; all big-endian.
import zlib from 'node:zlib';
import { fileError, readExactly, withFile } from '../files/file_access';
import { elementOfCode, type IdxArray, swapBytes } from './element_codes';

/** Files beyond this are refused: a gzip file of a few MB could promise as much and keep the promise. */
const MAX_BYTES = 2 ** 31 - 1;
/** More compressed bytes than any IDX header needs. */
const HEAD_BYTES = 4096;

interface IdxHeader {
  readonly element: NonNullable<ReturnType<typeof elementOfCode>>;
  readonly dims: readonly number[];
  readonly headerBytes: number;
  /** Header and values. */
  readonly totalBytes: number;
}

function parseHeader(file: string, head: Buffer): IdxHeader {
  if (head.length === 0) throw fileError(file, 'empty: it holds no data');
  if (head.length < 4) throw fileError(file, `truncated: ${head.length} bytes, an IDX header has at least 4`);
  const element = elementOfCode(head[2] ?? 0);
  if (head[0] !== 0 || head[1] !== 0 || element === undefined)
    throw fileError(
      file,
      `not an IDX file: it starts with ${head.toString('hex', 0, 4)}, expected 0000 and a type code`,
    );
  const rank = head[3] ?? 0;
  const headerBytes = 4 + 4 * rank;
  if (rank === 0) throw fileError(file, 'not an IDX file: it has no dimensions');
  if (head.length < headerBytes) throw fileError(file, `truncated: its header of ${rank} dimensions is incomplete`);
  const dims = Array.from({ length: rank }, (_, i) => head.readUInt32BE(4 + 4 * i));
  const values = dims.reduce((product, dim) => product * Math.max(dim, 1), 1);
  if (headerBytes + values * element.bytes > MAX_BYTES)
    throw fileError(file, `its dimensions ${dims.slice(0, 8).join(' x ')} promise more than 2 GiB`);
  const count = dims.includes(0) ? 0 : values;
  return { element, dims, headerBytes, totalBytes: headerBytes + count * element.bytes };
}

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
  return gunzip(bytes, { maxOutputLength: parseHeader(file, head).totalBytes, chunkSize: 2 ** 18 });
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
  const { element, dims, headerBytes, totalBytes } = parseHeader(path, bytes);
  if (bytes.length < totalBytes)
    throw fileError(path, `truncated: ${bytes.length} bytes, its dimensions ${dims.join(' x ')} promise ${totalBytes}`);
  if (bytes.length > totalBytes)
    throw fileError(path, `${bytes.length - totalBytes} bytes more than its dimensions ${dims.join(' x ')} promise`);
  const values = new Uint8Array(totalBytes - headerBytes);
  values.set(bytes.subarray(headerBytes));
  swapBytes(Buffer.from(values.buffer), element.bytes);
  return { type: element.type, dims, data: element.view(values.buffer) };
}
