import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { isOctavoError } from '../../lib/errors';
import { readSafetensors, type StoredDType, writeSafetensors } from '../../lib/safetensors';
import { Tensor } from '../../lib/tensor';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-safetensors-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => {
  expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
const file = path.join(folder, 'a.safetensors');

/** A file made by hand: header text, data bytes. */
function made(header: unknown, data: Uint8Array | number = 0, declared?: bigint): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(declared ?? BigInt(json.length));
  fs.writeFileSync(file, Buffer.concat([length, json, typeof data === 'number' ? Buffer.alloc(data) : data]));
  return file;
}

function raw(bytes: Uint8Array): string {
  fs.writeFileSync(file, bytes);
  return file;
}

function faultOf(name: string): string {
  try {
    readSafetensors(name);
  } catch (error) {
    if (!isOctavoError(error) || error.code !== 'ERR_FILE') throw error;
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(400);
    return error.message.slice(name.length + 2);
  }
  throw new Error('readSafetensors accepted the file');
}

const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensors reads', () => {
  it('a file made by hand, at unaligned offsets, with a padded header', () => {
    const data = Uint8Array.of(7, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0);
    const header = { __metadata__: { format: 'pt' }, w: entry('F32', [2, 1], 1, 9), s: entry('I8', [], 0, 1) };
    const { tensors, metadata } = readSafetensors(made(`${JSON.stringify(header)}    `, data));
    expect([...tensors.keys()]).toEqual(['s', 'w']);
    expect(tensors.get('s')).toEqual(new Tensor('int8', Int8Array.of(7), []));
    expect(tensors.get('w')).toEqual(new Tensor('float32', Float32Array.of(1, -2.5), [2, 1]));
    expect([...metadata]).toEqual([['format', 'pt']]);
  });

  it.each([
    ['F16', 'float16', 2],
    ['BF16', 'bfloat16', 2],
    ['U8', 'uint8', 1],
    ['I16', 'int16', 2],
    ['U16', 'uint16', 2],
    ['I32', 'int32', 4],
    ['I64', 'int64', 8],
    ['BOOL', 'bool', 1],
  ])('%s as %s', (dtype, type, bytes) => {
    const data = Uint8Array.from({ length: 2 * bytes }, (_, i) => i + 1);
    const tensor = readSafetensors(made({ t: entry(dtype, [2], 0, 2 * bytes) }, data)).tensors.get('t');
    expect(tensor?.type).toBe(type);
    const values = tensor?.data ?? new Uint8Array();
    expect(new Uint8Array(values.buffer)).toEqual(data);
  });

  it('no tensors, tensors without values, and hostile names', () => {
    expect(readSafetensors(made({})).tensors.size).toBe(0);
    const header = `{"a":${JSON.stringify(entry('F32', [0, 3], 0, 0))},"__proto__":${JSON.stringify(entry('I8', [1], 0, 1))}}`;
    expect([...readSafetensors(made(header, 1)).tensors.keys()]).toEqual(['a', '__proto__']);
  });
});

describe('readSafetensors refuses, with ERR_FILE and the fault,', () => {
  const deep = `{"a":{"dtype":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
  const files: [string, () => string, RegExp][] = [
    ['a missing file', () => path.join(folder, 'missing'), /no such file/],
    ['a directory', () => folder, /is a directory/],
    ['a device', () => '/dev/zero', /not a regular file/],
    ['seven bytes', () => raw(Buffer.alloc(7)), /7 bytes, expected at least 8/],
    ['a header beyond the file', () => made('{}', 0, 3n), /truncated: its header is 3 bytes, the file 10/],
    [
      'a header beyond all files',
      () => made('{}', 0, 2n ** 64n - 1n),
      /its header would be 18446744073709551615 bytes/,
    ],
    ['no JSON', () => made('{"a":'), /header is not valid JSON/],
    ['no UTF-8', () => raw(Buffer.from('0700000000000000' + '7b22ff223a317d', 'hex')), /header is not valid JSON/],
    ['a JSON list', () => made([]), /header is not a JSON object/],
    ['JSON null', () => made('null'), /header is not a JSON object/],
    ['metadata that is a list', () => made({ __metadata__: ['x'] }), /__metadata__ is not an object/],
    ['metadata that is no text', () => made({ __metadata__: { a: 1 } }), /__metadata__ entry "a" is not a string/],
    ['a tensor that is a number', () => made({ a: 1 }), /tensor "a" is not described by an object/],
    [
      'an unknown element type',
      () => made({ a: entry('F128', [1], 0, 16) }, 16),
      /has element type "F128", expected one of BOOL, F4/,
    ],
    [
      'an element type that no Tensor has',
      () => made({ a: entry('F64', [1], 0, 8) }, 8),
      /has element type "F64", which no Tensor has: openSafetensors reads it/,
    ],
    ['half a byte', () => made({ a: entry('F4', [3], 0, 2) }, 2), /of shape \[3\] ends within a byte/],
    [
      'a negative zero',
      () => made('{"a":{"dtype":"I8","shape":[-0],"data_offsets":[0,0]}}'),
      /shape that is not a list/,
    ],
    ['a space before the header', () => made(' {}'), /does not begin with \{/],
    [
      'a tensor that comes twice',
      () => made(`{"a":${JSON.stringify(entry('I8', [1], 0, 1))},"a":${JSON.stringify(entry('I8', [1], 0, 1))}}`, 1),
      /its header has a key twice/,
    ],
    [
      'a field that comes twice, once in disguise',
      () => made('{"a":{"dtype":"I8","d\\u0074ype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
      /its header has a key twice/,
    ],
    ['metadata that come twice', () => made('{"__metadata__":{"a:":"1\\":","a:":"2"}}'), /its header has a key twice/],
    ['a deeply nested element type', () => made(deep), /has element type \(object\)/],
    ['a negative dimension', () => made({ a: entry('I8', [-1], 0, 0) }), /shape that is not a list of non-negative/],
    ['a fractional dimension', () => made({ a: entry('I8', [1.5], 0, 0) }), /shape that is not a list/],
    ['a shape that is a number', () => made({ a: entry('I8', 3, 0, 3) }, 3), /shape that is not a list/],
    ['an overflowing shape', () => made({ a: entry('I8', [2 ** 40, 2 ** 40], 0, 0) }), /more than 2\^53 - 1 values/],
    [
      'an overflow behind a zero',
      () => made({ a: entry('I8', [2 ** 40, 0, 2 ** 40], 0, 0) }),
      /more than 2\^53 - 1 values/,
    ],
    [
      'offsets that are texts',
      () => made({ a: { dtype: 'I8', shape: [1], data_offsets: ['0', '1'] } }, 1),
      /data_offsets/,
    ],
    ['three offsets', () => made({ a: { dtype: 'I8', shape: [1], data_offsets: [0, 1, 2] } }, 2), /data_offsets/],
    ['reversed offsets', () => made({ a: entry('I8', [1], 1, 0) }, 1), /needs 1 bytes, its data_offsets hold -1/],
    [
      'a shape that does not fit its range',
      () => made({ a: entry('F32', [2, 2], 0, 12) }, 12),
      /needs 16 bytes, .* hold 12/,
    ],
    [
      'a tensor beyond the file',
      () => made({ a: entry('F32', [4], 0, 16) }, 12),
      /truncated: tensor "a" ends at data byte 16/,
    ],
    ['overlapping tensors', () => made({ a: entry('I8', [4], 0, 4), b: entry('I8', [4], 2, 6) }, 6), /"b" overlaps/],
    [
      'a hole',
      () => made({ a: entry('I8', [2], 0, 2), b: entry('I8', [2], 3, 5) }, 5),
      /data bytes 2 to 3 belong to no tensor/,
    ],
    ['trailing bytes', () => made({ a: entry('I8', [2], 0, 2) }, 5), /3 trailing bytes/],
  ];
  it.each(files)('%s', (_, name, fault) => {
    expect(faultOf(name())).toMatch(fault);
  });
});

it('readSafetensors parses or throws an octavo error for 300 mutations of a valid file', () => {
  let state = 99;
  const random = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const header = { __metadata__: { a: 'b' }, x: entry('I16', [2, 2], 0, 8), y: entry('BOOL', [3], 8, 11) };
  const seed = fs.readFileSync(made(header, 11));
  const outcomes = { parsed: 0, refused: 0 };
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(seed.subarray(0, random(6) === 0 ? random(seed.length + 1) : seed.length));
    for (let i = random(4); i > 0; i--) bytes[random(bytes.length)] = random(3) === 0 ? random(256) : 48 + random(10);
    fs.writeFileSync(file, bytes);
    try {
      readSafetensors(file);
      outcomes.parsed++;
    } catch (error) {
      if (!isOctavoError(error)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.parsed).toBeGreaterThan(20);
  expect(outcomes.refused).toBeGreaterThan(20);
});

describe('writeSafetensors', () => {
  const tensors: [string, Tensor<StoredDType>][] = [
    ['b', new Tensor('int8', Int8Array.of(-1, 2, 3), [3])],
    ['a', new Tensor('float32', Float32Array.of(0.5, Number.NaN), [2, 1])],
    ['c', new Tensor('int64', BigInt64Array.of(-5n), [])],
    ['d', new Tensor('bool', Uint8Array.of(1, 0), [2])],
    ['e', new Tensor('bfloat16', new Uint16Array(0), [0, 7])],
  ];
  const metadata = new Map([['made by', 'a "test"\n']]);

  it('writes what readSafetensors gives back, aligned and always the same bytes', () => {
    writeSafetensors(file, tensors, metadata);
    const bytes = fs.readFileSync(file);
    const back = readSafetensors(file);
    expect(new Map([...back.tensors].sort())).toEqual(new Map([...tensors].sort()));
    expect(back.metadata).toEqual(metadata);
    expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
    expect([...back.tensors.keys()]).toEqual(['c', 'a', 'e', 'b', 'd']);
    writeSafetensors(file, [...tensors].reverse(), metadata);
    expect(fs.readFileSync(file)).toEqual(bytes);
  });

  it('writes a view of a larger buffer as the view', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    writeSafetensors(file, [['v', new Tensor('float32', data, [2])]]);
    expect(readSafetensors(file).tensors.get('v')?.data).toEqual(Float32Array.of(2, 3));
  });

  it('replaces a file through a symbolic link and keeps the link', () => {
    const link = path.join(folder, 'link');
    fs.writeFileSync(file, 'old');
    fs.symlinkSync(file, link);
    writeSafetensors(link, tensors);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readSafetensors(file).tensors.size).toBe(5);
  });

  it.each([
    ['a missing folder', () => path.join(folder, 'none', 'x'), /cannot write: no such file or directory/],
    ['a folder in its place', () => folder, /cannot write: is a directory/],
  ])('refuses %s with ERR_FILE', (_, name, fault) => {
    expect(() => writeSafetensors(name(), tensors)).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
    expect(() => writeSafetensors(name(), tensors)).toThrow(fault);
  });

  it('refuses tensors that cannot be stored, and leaves the old file whole', () => {
    fs.writeFileSync(file, 'old');
    const one = Float32Array.of(1);
    const refuse = (list: unknown, code: string) =>
      expect(() => writeSafetensors(file, list as typeof tensors)).toThrow(expect.objectContaining({ code }));
    refuse([['a', { type: 'int4', dims: [2], data: Uint8Array.of(1) }]], 'ERR_DTYPE');
    refuse([['a', { type: 'float32', dims: [2], data: one }]], 'ERR_SHAPE');
    refuse([['a', { type: 'float32', dims: [1], data: one, strides: [1] }]], 'ERR_SHAPE');
    refuse([['__metadata__', new Tensor('float32', one, [1])]], 'ERR_RANGE');
    refuse([tensors[0], tensors[0]], 'ERR_RANGE');
    refuse([[5, new Tensor('float32', one, [1])]], 'ERR_DTYPE');
    expect(fs.readFileSync(file, 'utf8')).toBe('old');
  });
});
