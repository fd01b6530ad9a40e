// fvecs files: vectors of float32, little-endian, each after its length as an int32 (the format of the TEXMEX sets).
import { fileError, type OpenFile, readExactly, readRange } from '../files/file_access';
import { ByteReader } from './byte_reader';
import type { StoredTensor } from './stored_tensor';

const ENCODING = { type: 'float32', bigEndian: false, scale: 1 } as const;
const LENGTH_BYTES = 4;
/** Values that are read at once. */
const CHUNK_VALUES = 2 ** 18;

export const isFvecs = (path: string): boolean => /\.fvecs$/i.test(path);

const lengthAt = (bytes: Uint8Array, offset: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset + offset, LENGTH_BYTES).getInt32(0, true);

/** The vectors' bytes without their lengths, each of which must be `dim`. */
async function* valuesOf(file: OpenFile, dim: number): AsyncGenerator<Uint8Array, void, undefined> {
  const rowBytes = LENGTH_BYTES + 4 * dim;
  const reader = new ByteReader(readRange(file, 0, file.bytes));
  const most = Math.max(1, Math.floor(CHUNK_VALUES / dim));
  try {
    for (let row = 0; row < file.bytes / rowBytes; ) {
      const rows = Math.min(most, file.bytes / rowBytes - row);
      const bytes = new Uint8Array(rows * rowBytes);
      if ((await reader.read(bytes)) < bytes.length)
        throw fileError(file.path, 'truncated: its last vector ends early');
      const values = new Uint8Array(rows * 4 * dim);
      for (let r = 0; r < rows; r++, row++) {
        const found = lengthAt(bytes, r * rowBytes);
        if (found !== dim) throw fileError(file.path, `vector ${row} has ${found} values, the first one has ${dim}`);
        values.set(bytes.subarray(r * rowBytes + LENGTH_BYTES, (r + 1) * rowBytes), r * 4 * dim);
      }
      yield values;
    }
  } finally {
    await reader.close();
  }
}

/** The vectors of an fvecs file, [count, dim]. Throws ERR_FILE unless all are as long as the first one. */
export function openFvecs(file: OpenFile): StoredTensor {
  const { path } = file;
  if (file.bytes < LENGTH_BYTES) throw fileError(path, 'empty or truncated: it holds no vector');
  const head = new Uint8Array(LENGTH_BYTES);
  readExactly(file, head, 0);
  const dim = lengthAt(head, 0);
  if (dim < 1) throw fileError(path, `not fvecs: its first vector would have ${dim} values`);
  const rowBytes = LENGTH_BYTES + 4 * dim;
  if (file.bytes % rowBytes !== 0)
    throw fileError(
      path,
      `${file.bytes} bytes are no whole number of vectors of ${dim} values, ${rowBytes} bytes each`,
    );
  const dims = [file.bytes / rowBytes, dim];
  return {
    file: path,
    name: undefined,
    dims,
    encoding: ENCODING,
    fortranOrder: false,
    bytes: () => valuesOf(file, dim),
  };
}
