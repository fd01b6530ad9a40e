// The values of a tensor in a file in their own type, sample by sample: what float32 would round stays exact.

import { fileError } from '../files/file_access';
import { swapBytes } from '../idx/element_codes';
import { ByteReader } from './byte_reader';
import { type ElementType, elementBytes } from './elements';
import { nameOf, type StoredTensor } from './stored_tensor';

/** float16 and bfloat16 as their bits, bool as bytes. */
export type RowArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array;

const VIEWS: Readonly<Record<ElementType, (buffer: ArrayBuffer) => RowArray>> = {
  float16: (buffer) => new Uint16Array(buffer),
  bfloat16: (buffer) => new Uint16Array(buffer),
  float32: (buffer) => new Float32Array(buffer),
  float64: (buffer) => new Float64Array(buffer),
  int8: (buffer) => new Int8Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  uint32: (buffer) => new Uint32Array(buffer),
  int64: (buffer) => new BigInt64Array(buffer),
  uint64: (buffer) => new BigUint64Array(buffer),
  bool: (buffer) => new Uint8Array(buffer),
};

/**
 * What lies at each index of the first axis, in order, each as an array of its own. Memory does not grow with their number.
 * @throws ERR_FILE for a tensor without axes or in Fortran's order, or if the file ends before or after its tensor
 */
export async function* rowsOf(stored: StoredTensor): AsyncGenerator<RowArray, void, undefined> {
  const { file, dims, encoding, fortranOrder } = stored;
  if (dims.length === 0) throw fileError(file, `${nameOf(stored)} is a single value, expected a first axis of samples`);
  if (fortranOrder && dims.length > 1)
    throw fileError(file, `${nameOf(stored)} is in Fortran's order, expected C's: numpy.ascontiguousarray makes it so`);
  const size = elementBytes(encoding.type);
  const rowBytes = dims.slice(1).reduce((bytes, dim) => bytes * dim, size);
  const reader = new ByteReader(stored.bytes());
  try {
    for (let row = 0; row < dims[0]!; row++) {
      const bytes = new Uint8Array(rowBytes);
      if ((await reader.read(bytes)) < rowBytes)
        throw fileError(file, `truncated: ${nameOf(stored)} ends before its dims do`);
      if (encoding.bigEndian) swapBytes(Buffer.from(bytes.buffer), size);
      yield VIEWS[encoding.type](bytes.buffer);
    }
    if (!(await reader.atEnd())) throw fileError(file, `${nameOf(stored)} has more bytes than its dims promise`);
  } finally {
    await reader.close();
  }
}
