// Files of bare float32 values, little-endian, whose shape somebody says.
import { fileError, type OpenFile, readRange } from '../files/file_access';
import type { StoredTensor } from './stored_tensor';

const ENCODING = { type: 'float32', bigEndian: false, scale: 1 } as const;

/**
 * The samples of a raw file.
 * @param shape of one sample; the file's length says how many there are
 * @throws ERR_FILE unless the file holds a whole number of samples
 */
export function openRaw(file: OpenFile, shape: readonly number[]): StoredTensor {
  const { path } = file;
  const sampleBytes = shape.reduce((product, dim) => product * dim, 4);
  if (file.bytes === 0) throw fileError(path, 'empty: it holds no data');
  if (file.bytes % sampleBytes !== 0)
    throw fileError(
      path,
      `${file.bytes} bytes are no whole number of samples [${shape.join(', ')}], ${sampleBytes} bytes each`,
    );
  const dims = [file.bytes / sampleBytes, ...shape];
  const bytes = () => readRange(file, 0, file.bytes);
  return { file: path, name: undefined, dims, encoding: ENCODING, fortranOrder: false, bytes };
}
