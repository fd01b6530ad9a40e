// The header of NPY files, versions 1 to 3: magic, version, length, and a Python dictionary as text.
import { fileError } from '../files/file_access';
import { show } from '../validate';
import type { ByteReader } from './byte_reader';
import { type ElementType, elementBytes } from './elements';

export interface NpyHeader {
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly dims: readonly number[];
  readonly fortranOrder: boolean;
  /** Bytes before the values. */
  readonly headerBytes: number;
  /** Bytes of the values. */
  readonly dataBytes: number;
}

/** What every NPY file begins with. */
export const NPY_MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** Beyond this a dictionary is not that of an array of numbers. */
const MAX_TEXT_BYTES = 2 ** 20;
const MAX_RANK = 64;

/** NumPy's type codes without their byte order. */
const CODES: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  b1: 'bool',
};

/** One `'key': value` of the dictionary, whose value is a text, a word or a tuple of integers. */
const ENTRY =
  /\s*(['"])(\w+)\1\s*:\s*(?:(['"])(?<text>[^'"\\]*)\3|(?<word>True|False)|\((?<tuple>[\d\s,]*)\))\s*(,|(?=\}))/y;

/** The dictionary's entries as they are written; undefined if it is no such dictionary. */
function parseDictionary(text: string): Map<string, string> | undefined {
  const entries = new Map<string, string>();
  if (!text.startsWith('{')) return undefined;
  ENTRY.lastIndex = 1;
  let end = 1;
  for (let match = ENTRY.exec(text); match !== null; match = ENTRY.exec(text)) {
    const { text: string, word, tuple } = match.groups!;
    entries.set(match[2]!, string ?? word ?? tuple ?? '');
    end = ENTRY.lastIndex;
  }
  return /^\s*\}\s*$/.test(text.slice(end)) ? entries : undefined;
}

function parseDims(fail: (fault: string) => Error, tuple: string): number[] {
  if (!/^\s*(\d+\s*,\s*(\d+\s*,\s*)*(\d+\s*)?)?$/.test(tuple)) throw fail(`its shape is (${show(tuple)})`);
  const dims = (tuple.match(/\d+/g) ?? []).map(Number);
  if (dims.length > MAX_RANK) throw fail(`it has ${dims.length} dimensions`);
  return dims;
}

function parseType(fail: (fault: string) => Error, descr: string): { type: ElementType; bigEndian: boolean } {
  const type = CODES[descr.slice(1)];
  if (!/^[<>|=]/.test(descr) || type === undefined)
    throw fail(`element type ${show(descr)} is not supported, expected one of ${Object.keys(CODES).join(', ')}`);
  if (descr.startsWith('|') && elementBytes(type) > 1) throw fail(`element type ${show(descr)} has no byte order`);
  return { type, bigEndian: descr.startsWith('>') };
}

/**
 * Reads and checks a header; the reader then stands at the first value.
 * @param name the array's name for messages, such as `a.npy in b.npz`
 * @throws ERR_FILE for what is not NPY, is truncated, or holds no plain numbers
 */
export async function readNpyHeader(file: string, name: string, reader: ByteReader): Promise<NpyHeader> {
  const fail = (fault: string) => fileError(file, name === '' ? fault : `${name}: ${fault}`);
  const take = async (count: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(count);
    if ((await reader.read(bytes)) < count) throw fail('truncated: its header is incomplete');
    return bytes;
  };
  const start = await take(8);
  if (!start.subarray(0, 6).equals(NPY_MAGIC)) throw fail('not an NPY array: it has another beginning');
  const version = start[6]!;
  if (version < 1 || version > 3) throw fail(`NPY version ${version}.${start[7]} is not supported, expected 1 to 3`);
  const lengthBytes = version === 1 ? 2 : 4;
  const textBytes = (await take(lengthBytes)).readUIntLE(0, lengthBytes);
  if (textBytes > MAX_TEXT_BYTES) throw fail(`its header would be ${textBytes} bytes`);
  const text = (await take(textBytes)).toString(version === 3 ? 'utf8' : 'latin1');
  return { ...parseText(fail, text), headerBytes: 8 + lengthBytes + textBytes };
}

function parseText(fail: (fault: string) => Error, text: string): Omit<NpyHeader, 'headerBytes'> {
  if (/'descr'\s*:\s*\[/.test(text)) throw fail('structured arrays are not supported, expected plain numbers');
  const entries = parseDictionary(text);
  const [descr, order, tuple] = ['descr', 'fortran_order', 'shape'].map((key) => entries?.get(key));
  if (descr === undefined || tuple === undefined || !(order === 'True' || order === 'False'))
    throw fail('its header is not a dictionary of descr, fortran_order and shape');
  const element = parseType(fail, descr);
  const dims = parseDims(fail, tuple);
  // A zero dimension does not hide absurd ones.
  const most = dims.reduce((product, dim) => product * Math.max(dim, 1), elementBytes(element.type));
  if (most > Number.MAX_SAFE_INTEGER) throw fail(`its shape (${tuple}) promises more than 2^53 bytes`);
  return { ...element, dims, fortranOrder: order === 'True', dataBytes: dims.includes(0) ? 0 : most };
}
