// The beginning of a safetensors file: u64 length, JSON header.
import { fileError, type OpenFile, readExactly } from '../files/file_access';
import { type Header, parseHeader } from './parse_header';

/** The format's own limit on the header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** A header and where the tensors begin in its file. */
export interface PlacedHeader extends Header {
  readonly dataStart: number;
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

/**
 * Reads and checks the header alone.
 * @throws ERR_FILE if it cannot be read or breaks a rule of the format: length, JSON, keys that come twice, element types, shapes
 *   against byte ranges, overlaps, holes, trailing bytes
 */
export function readHeader(file: OpenFile): PlacedHeader {
  const headerBytes = readHeaderLength(file);
  const header = new Uint8Array(headerBytes);
  readExactly(file, header, LENGTH_BYTES);
  const dataStart = LENGTH_BYTES + headerBytes;
  return { ...parseHeader(file.path, header, file.bytes - dataStart), dataStart };
}
