// Writes IDX files.
import zlib from 'node:zlib';
import { makeError } from '../errors';
import { replaceFile } from '../files/replace_files';
import { reject, show } from '../validate';
import { elementOfType, type IdxArray, swapBytes } from './element_codes';

/**
 * Writes an array as an IDX file, gzipped if the name ends in ".gz". An old file is replaced as a whole.
 * @param array 1 to 255 dims, each below 2^32, and as many values as they promise
 * @throws ERR_DTYPE or ERR_SHAPE for an array that the format cannot hold; ERR_FILE if the file cannot be written
 */
export function writeIdx(path: string, array: IdxArray): void {
  const element = elementOfType(array.type);
  if (element === undefined) reject('array.type', 'an IDX element type', array.type, 'ERR_DTYPE');
  const { dims, data } = array;
  if (dims.length < 1 || dims.length > 255 || !dims.every((dim) => Number.isInteger(dim) && dim >= 0 && dim < 2 ** 32))
    reject('array.dims', '1 to 255 dimensions from 0 to 2^32 - 1', dims, 'ERR_SHAPE');
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== count || data.BYTES_PER_ELEMENT !== element.bytes)
    throw makeError('ERR_SHAPE', `array [${dims.join(', ')}] needs ${count} ${array.type} values, got ${show(data)}`);
  const header = Buffer.alloc(4 + 4 * dims.length);
  header[2] = element.code;
  header[3] = dims.length;
  for (const [i, dim] of dims.entries()) header.writeUInt32BE(dim, 4 + 4 * i);
  const values = Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)); // a copy: it is swapped
  swapBytes(values, element.bytes);
  const chunks = [header, values];
  replaceFile(path, path.endsWith('.gz') ? [zlib.gzipSync(Buffer.concat(chunks))] : chunks);
}
