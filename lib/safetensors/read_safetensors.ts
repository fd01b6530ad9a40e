// Reads a safetensors file: u64 length, JSON header, tensors.

import { fileError, type OpenFile, readExactly, withFile } from '../files/file_access';
import { Tensor } from '../tensor';
import { allocate, type DataOf } from '../tensor/dtype';
import { show } from '../validate';
import type { StoredDType } from './element_types';
import { type Header, type HeaderEntry, parseHeader } from './parse_header';

/** The format's own limit on the header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** What a safetensors file holds. */
export interface Safetensors {
  /** Tensors by name, in the order of their bytes in the file. Each owns its data. */
  readonly tensors: ReadonlyMap<string, Tensor<StoredDType>>;
  /** The free texts under `__metadata__`; empty if there are none. */
  readonly metadata: ReadonlyMap<string, string>;
}

function readHeaderLength(file: OpenFile): number {
  if (file.bytes < LENGTH_BYTES)
    throw fileError(file.path, `not a safetensors file: ${file.bytes} bytes, expected at least ${LENGTH_BYTES}`);
  const prefix = new Uint8Array(LENGTH_BYTES);
  readExactly(file, prefix, 0);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw fileError(file.path, `not a safetensors file: its header would be ${length} bytes`);
  if (length > BigInt(file.bytes - LENGTH_BYTES))
    throw fileError(file.path, `truncated: its header is ${length} bytes, the file ${file.bytes}`);
  return Number(length);
}

function allocateFor(file: OpenFile, { name, type, dims }: HeaderEntry): DataOf<StoredDType> {
  const count = dims.reduce((product, dim) => product * dim, 1);
  try {
    return allocate(type, count);
  } catch (cause) {
    throw fileError(file.path, `not enough memory for tensor ${show(name)} of ${count} values`, cause);
  }
}

function readTensor(file: OpenFile, entry: HeaderEntry, dataStart: number): Tensor<StoredDType> {
  const data = allocateFor(file, entry);
  readExactly(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart + entry.begin);
  return new Tensor(entry.type, data, entry.dims);
}

/** A header and where the tensors begin in its file. */
export interface PlacedHeader extends Header {
  readonly dataStart: number;
}

/** Reads and checks the header alone. Throws ERR_FILE as readSafetensors does. */
export function readHeader(file: OpenFile): PlacedHeader {
  const headerBytes = readHeaderLength(file);
  const header = new Uint8Array(headerBytes);
  readExactly(file, header, LENGTH_BYTES);
  const dataStart = LENGTH_BYTES + headerBytes;
  return { ...parseHeader(file.path, header, file.bytes - dataStart), dataStart };
}

/**
 * Reads all tensors of a safetensors file (F32 F16 BF16 I8 U8 I16 U16 I32 I64 BOOL) into memory.
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
