// Safetensors files: named tensors, each read where it lies.
import { fileError, type OpenFile, readRange } from '../files/file_access';
import { dtypeOf, type ElementName, readHeader } from '../safetensors';
import { show } from '../validate';
import type { ElementType } from './elements';
import type { StoredTensor } from './stored_tensor';

/** Numbers that data files have and octavo's tensors do not. */
const OTHER_NUMBERS: Readonly<Partial<Record<ElementName, ElementType>>> = {
  F64: 'float64',
  U32: 'uint32',
  U64: 'uint64',
};

/**
 * The tensors of a safetensors file, in the order of their bytes. Throws ERR_FILE for a broken file, none in it, or one of floats
 * of 8 bits and fewer or of complex numbers.
 */
export function openSafetensors(file: OpenFile, scale: number): StoredTensor[] {
  const { entries, dataStart } = readHeader(file);
  if (entries.length === 0) throw fileError(file.path, 'it holds no tensors');
  return entries.map(({ name, element, dims, begin, end }) => {
    const type = (dtypeOf(element) ?? OTHER_NUMBERS[element]) as ElementType | undefined;
    if (type === undefined)
      throw fileError(
        file.path,
        `tensor ${show(name)} has element type "${element}", expected numbers of 8 to 64 bits`,
      );
    return {
      file: file.path,
      name,
      dims,
      encoding: { type, bigEndian: false, scale },
      fortranOrder: false,
      bytes: () => readRange(file, dataStart + begin, dataStart + end),
    };
  });
}
