// The safetensors header: JSON that names each tensor's element type, shape and byte range, checked in full.

import { fileError } from '../files/file_access';
import { bytesPerElement } from '../tensor/dtype';
import { isObject, show } from '../validate';
import { dtypeOf, ELEMENT_NAMES, type StoredDType } from './element_types';

/** One tensor's place: bytes [begin, end) after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly type: StoredDType;
  readonly dims: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of their bytes. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

function parseJson(file: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fileError(file, 'not a safetensors file: its header is not valid JSON', cause);
  }
  if (!isObject(value) || Array.isArray(value))
    throw fileError(file, 'not a safetensors file: its header is not a JSON object');
  return value;
}

function parseMetadata(file: string, value: unknown): Map<string, string> {
  if (value === undefined) return new Map();
  if (!isObject(value) || Array.isArray(value)) throw fileError(file, '__metadata__ is not an object');
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw fileError(file, `__metadata__ entry ${show(key)} is not a string`);
    metadata.set(key, text);
  }
  return metadata;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The product of the dims; undefined beyond 2^53 - 1 (a zero dimension does not hide an absurd one). */
function countOf(dims: readonly number[]): number | undefined {
  let product = 1;
  for (const dim of dims) {
    product *= dim === 0 ? 1 : dim;
    if (product > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return dims.includes(0) ? 0 : product;
}

/** A value from a file: only texts are shown, they alone are sure to be short. */
function showText(value: unknown): string {
  return typeof value === 'string' ? show(value) : `(${value === null ? 'null' : typeof value})`;
}

function parseEntry(file: string, name: string, value: unknown): HeaderEntry {
  const fail = (fault: string) => fileError(file, `tensor ${show(name)} ${fault}`);
  if (!isObject(value)) throw fail('is not described by an object');
  const type = dtypeOf(value.dtype);
  if (type === undefined)
    throw fail(`has element type ${showText(value.dtype)}, expected one of ${ELEMENT_NAMES.join(', ')}`);
  const dims: unknown = value.shape;
  if (!Array.isArray(dims) || !dims.every(isSize))
    throw fail('has a shape that is not a list of non-negative integers');
  const count = countOf(dims);
  if (count === undefined) throw fail(`has a shape of more than 2^53 - 1 values: ${show(dims)}`);
  const offsets: unknown = value.data_offsets;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw fail('has data_offsets that are not two non-negative integers');
  const [begin, end] = offsets as [number, number];
  const bytes = count * bytesPerElement(type);
  if (end - begin !== bytes)
    throw fail(`of shape ${show(dims)} needs ${bytes} bytes, its data_offsets hold ${end - begin}`);
  return { name, type, dims, begin, end };
}

/** The format asks that the ranges cover all data, in some order, without overlap or hole. */
function checkCover(file: string, entries: readonly HeaderEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (end > dataBytes)
      throw fileError(file, `truncated: tensor ${show(name)} ends at data byte ${end}, the file holds ${dataBytes}`);
    if (begin < covered) throw fileError(file, `tensor ${show(name)} overlaps the tensor before it`);
    if (begin > covered) throw fileError(file, `data bytes ${covered} to ${begin} belong to no tensor`);
    covered = end;
  }
  if (covered < dataBytes) throw fileError(file, `${dataBytes - covered} trailing bytes belong to no tensor`);
}

/**
 * Parses and checks a header.
 * @param file the file's name, for messages
 * @param bytes the header's JSON; of a repeated tensor name the last one counts, as in JSON.parse
 * @param dataBytes number of bytes after the header
 * @throws ERR_FILE for anything that the format does not allow, or an element type that octavo does not read
 */
export function parseHeader(file: string, bytes: Uint8Array, dataBytes: number): Header {
  const { __metadata__: metadata, ...tensors } = parseJson(file, bytes);
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(file, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(file, entries, dataBytes);
  return { entries, metadata: parseMetadata(file, metadata) };
}
