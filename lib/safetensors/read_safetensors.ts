// Reads all of a safetensors file that fits into memory.

import { fileError, type OpenFile, readExactly, withFile } from '../files/file_access';
import { Tensor } from '../tensor';
import { allocate, type DataOf } from '../tensor/dtype';
import { show } from '../validate';
import { dtypeOf, type StoredDType } from './element_types';
import type { HeaderEntry } from './parse_header';
import { readHeader } from './read_header';

/** What a safetensors file holds. */
export interface Safetensors {
  /** Tensors by name, in the order of their bytes in the file. Each owns its data. */
  readonly tensors: ReadonlyMap<string, Tensor<StoredDType>>;
  /** The free texts under `__metadata__`; empty if there are none. */
  readonly metadata: ReadonlyMap<string, string>;
}

function allocateFor(file: OpenFile, type: StoredDType, { name, dims }: HeaderEntry): DataOf<StoredDType> {
  const count = dims.reduce((product, dim) => product * dim, 1);
  try {
    return allocate(type, count);
  } catch (cause) {
    throw fileError(file.path, `not enough memory for tensor ${show(name)} of ${count} values`, cause);
  }
}

function readTensor(file: OpenFile, entry: HeaderEntry, dataStart: number): Tensor<StoredDType> {
  const type = dtypeOf(entry.element);
  if (type === undefined)
    throw fileError(
      file.path,
      `tensor ${show(entry.name)} has element type "${entry.element}", which no Tensor has: openSafetensors reads it`,
    );
  const data = allocateFor(file, type, entry);
  readExactly(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart + entry.begin);
  return new Tensor(type, data, entry.dims);
}

/**
 * Reads all tensors of a safetensors file (F32 F16 BF16 I8 U8 I16 U16 I32 I64 BOOL) into memory. openSafetensors reads one at a
 * time, or a window of one, and all element types.
 * @param path a regular file; its size bounds what is allocated
 * @throws ERR_FILE, naming the file and the fault, if it cannot be read or breaks a rule of the format:
 *   header size, JSON, element types, shapes against byte ranges, overlaps, holes, trailing bytes
 */
export function readSafetensors(path: string): Safetensors {
  return withFile(path, (file) => {
    const { entries, metadata, dataStart } = readHeader(file);
    return { tensors: new Map(entries.map((entry) => [entry.name, readTensor(file, entry, dataStart)])), metadata };
  });
}
