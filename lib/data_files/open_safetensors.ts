// Safetensors files: named tensors, each read where it lies.
import { fileError, type OpenFile, readRange } from '../files/file_access';
import { readHeader } from '../safetensors';
import type { StoredTensor } from './stored_tensor';

/** The tensors of a safetensors file, in the order of their bytes. Throws ERR_FILE for a broken file or none in it. */
export function openSafetensors(file: OpenFile, scale: number): StoredTensor[] {
  const { entries, dataStart } = readHeader(file);
  if (entries.length === 0) throw fileError(file.path, 'it holds no tensors');
  return entries.map(({ name, type, dims, begin, end }) => ({
    file: file.path,
    name,
    dims,
    encoding: { type, bigEndian: false, scale },
    fortranOrder: false,
    bytes: () => readRange(file, dataStart + begin, dataStart + end),
  }));
}
