// The safetensors header: JSON that names each tensor's element type, shape and byte range, checked in full.

import { fileError } from '../files/file_access';
import { isObject, show } from '../validate';
import { ELEMENT_NAMES, type ElementName, elementBits, isElementName } from './element_types';
import { parseJsonObject, textsOf } from './parse_json';

/** One tensor's place: bytes [begin, end) after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly dims: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of their bytes. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

const OPENING_BRACE = 0x7b;

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

/** The product of the dims; undefined beyond 2^53 - 1 (a zero dimension does not hide an absurd one). */
export function countOf(dims: readonly number[]): number | undefined {
  let product = 1;
  for (const dim of dims) {
    product *= dim === 0 ? 1 : dim;
    if (product > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return dims.includes(0) ? 0 : product;
}

/** Bytes of `count` values; undefined if they end within a byte. */
export function bytesOf(element: ElementName, count: number): number | undefined {
  const bits = elementBits(element);
  if (bits >= 8) return count * (bits / 8);
  // Eight values of any width are whole bytes: what is left of them decides, and products stay exact.
  const rest = (count % 8) * bits;
  return rest % 8 === 0 ? Math.floor(count / 8) * bits + rest / 8 : undefined;
}

/** A value from a file: only texts are shown, they alone are sure to be short. */
function showText(value: unknown): string {
  return typeof value === 'string' ? show(value) : `(${value === null ? 'null' : typeof value})`;
}

function parseEntry(file: string, name: string, value: unknown): HeaderEntry {
  const fail = (fault: string) => fileError(file, `tensor ${show(name)} ${fault}`);
  if (!isObject(value)) throw fail('is not described by an object');
  const element = value.dtype;
  if (!isElementName(element))
    throw fail(`has element type ${showText(element)}, expected one of ${ELEMENT_NAMES.join(', ')}`);
  const dims: unknown = value.shape;
  if (!Array.isArray(dims) || !dims.every(isSize))
    throw fail('has a shape that is not a list of non-negative integers');
  const count = countOf(dims);
  if (count === undefined) throw fail(`has a shape of more than 2^53 - 1 values: ${show(dims)}`);
  const offsets: unknown = value.data_offsets;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw fail('has data_offsets that are not two non-negative integers');
  const [begin, end] = offsets as [number, number];
  const bytes = bytesOf(element, count);
  if (bytes === undefined) throw fail(`of shape ${show(dims)} ends within a byte`);
  if (end - begin !== bytes)
    throw fail(`of shape ${show(dims)} needs ${bytes} bytes, its data_offsets hold ${end - begin}`);
  return { name, element, dims, begin, end };
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
 * @param bytes the header's JSON
 * @param dataBytes number of bytes after the header
 * @throws ERR_FILE for anything that the format does not allow, or an element type that it does not have
 */
export function parseHeader(file: string, bytes: Uint8Array, dataBytes: number): Header {
  const what = 'not a safetensors file: its header';
  const { __metadata__: metadata, ...tensors } = parseJsonObject(file, what, bytes);
  if (bytes[0] !== OPENING_BRACE) throw fileError(file, `${what} does not begin with {`);
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(file, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(file, entries, dataBytes);
  return { entries, metadata: metadata === undefined ? new Map() : textsOf(file, '__metadata__', metadata) };
}
