// NPY files: one array.
import { fileError, type OpenFile, readRange } from '../files/file_access';
import { ByteReader } from './byte_reader';
import { readNpyHeader } from './npy_header';
import type { StoredTensor } from './stored_tensor';

/** More than any header of plain numbers needs; longer ones are read in further chunks. */
export const HEAD_BYTES = 4096;

/** The array of an NPY file. Throws ERR_FILE unless the file is as long as its header says. */
export async function openNpy(file: OpenFile, scale: number): Promise<StoredTensor> {
  const { path } = file;
  const header = await readNpyHeader(path, '', new ByteReader(readRange(file, 0, file.bytes, HEAD_BYTES)));
  const { type, bigEndian, dims, fortranOrder, headerBytes, dataBytes } = header;
  const found = file.bytes - headerBytes;
  if (found < dataBytes)
    throw fileError(path, `truncated: ${found} bytes of values, its shape (${dims.join(', ')}) promises ${dataBytes}`);
  if (found > dataBytes)
    throw fileError(path, `${found - dataBytes} bytes more than its shape (${dims.join(', ')}) promises`);
  const bytes = () => readRange(file, headerBytes, file.bytes);
  return { file: path, name: undefined, dims, encoding: { type, bigEndian, scale }, fortranOrder, bytes };
}
