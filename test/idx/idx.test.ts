import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { isOctavoError } from '../../lib/errors';
import { type IdxArray, readIdx, writeIdx } from '../../lib/idx';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-idx-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function fileOf(bytes: Uint8Array | readonly number[], name = 'a.idx'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, Uint8Array.from(bytes));
  return file;
}

/** The message of the ERR_FILE that reading must throw; fails on anything else. */
function faultOf(file: string): string {
  try {
    readIdx(file);
  } catch (error) {
    if (!isOctavoError(error) || error.code !== 'ERR_FILE') throw error;
    expect(error.message).toContain(file);
    expect(error.message).not.toContain('\n');
    return error.message.slice(file.length + 2);
  }
  throw new Error('readIdx accepted the file');
}

const head = (code: number, ...dims: number[]) => [
  ...[0, 0, code, dims.length],
  ...dims.flatMap((dim) => [dim >>> 24, (dim >>> 16) & 255, (dim >>> 8) & 255, dim & 255]),
];

describe('readIdx reads', () => {
  it('bytes of two dimensions, written by hand', () => {
    const array = readIdx(fileOf([...head(8, 2, 3), 1, 2, 3, 4, 5, 255]));
    expect(array).toEqual({ type: 'uint8', dims: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
  });

  it.each([
    [0x09, [0xff, 0x80], Int8Array.of(-1, -128)],
    [0x0b, [0xff, 0xfe, 0x01, 0x02], Int16Array.of(-2, 258)],
    [0x0c, [0, 0, 1, 0, 0x80, 0, 0, 0], Int32Array.of(256, -(2 ** 31))],
    [0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], Float32Array.of(1, -2.5)],
    [0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], Float64Array.of(1, -2.5)],
  ])('big-endian values of element code %i', (code, bytes, expected) => {
    expect(readIdx(fileOf([...head(code, 2), ...bytes])).data).toEqual(expected);
  });

  it('a gzipped file, whatever its name', () => {
    const bytes = zlib.gzipSync(Uint8Array.from([...head(8, 4), 9, 8, 7, 6]));
    expect(readIdx(fileOf(bytes, 'plain.idx')).data).toEqual(Uint8Array.of(9, 8, 7, 6));
  });

  it('an array without values', () => {
    expect(readIdx(fileOf(head(8, 0, 28, 28)))).toEqual({ type: 'uint8', dims: [0, 28, 28], data: new Uint8Array(0) });
  });
});

describe('readIdx refuses, with ERR_FILE and the fault,', () => {
  const gz = zlib.gzipSync(
    Uint8Array.from([...head(8, 1000), ...Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251)]),
  );
  const damaged = Uint8Array.from(gz, (byte, i) => (i === gz.length - 6 ? byte ^ 1 : byte));
  const files: [string, () => string, RegExp][] = [
    ['a missing file', () => path.join(folder, 'missing'), /cannot read: no such file/],
    ['a directory', () => folder, /is a directory/],
    ['a path through a file', () => path.join(fileOf([1]), 'x'), /not a directory/],
    ['an empty file', () => fileOf([]), /^empty: it holds no data$/],
    ['two bytes', () => fileOf([0, 0]), /truncated: 2 bytes/],
    ['another format', () => fileOf([...Buffer.from('%PDF-1.7')]), /not an IDX file: it starts with 25504446/],
    ['an unknown element code', () => fileOf(head(0x0a, 1)), /not an IDX file/],
    ['no dimensions', () => fileOf(head(8)), /no dimensions/],
    ['an incomplete header', () => fileOf([0, 0, 8, 3, 0, 0, 0, 1]), /header of 3 dimensions is incomplete/],
    [
      'too few values',
      () => fileOf([...head(0x0d, 2), 1, 2, 3, 4]),
      /truncated: 12 bytes, its dimensions 2 promise 16/,
    ],
    ['too many values', () => fileOf([...head(8, 2), 1, 2, 3]), /^1 bytes more than its dimensions 2 promise/],
    ['dimensions beyond memory', () => fileOf(head(8, 65535, 65535, 65535, 65535)), /promise more than 2 GiB/],
    ['a zero dimension beside an absurd one', () => fileOf(head(8, 0, 2 ** 31, 4)), /promise more than 2 GiB/],
    ['a truncated gzip file', () => fileOf(gz.subarray(0, gz.length - 20)), /truncated gzip data/],
    ['a damaged gzip file', () => fileOf(damaged), /broken gzip data/],
    ['only a gzip magic', () => fileOf([0x1f, 0x8b]), /holds no data/],
    ['a gzip file of nothing', () => fileOf(zlib.gzipSync('')), /^empty: it holds no data$/],
  ];
  it.each(files)('%s', (_, file, fault) => {
    expect(faultOf(file())).toMatch(fault);
  });

  it('a gzip bomb, without inflating it', () => {
    // A gzip file may have many members, so that the bomb is made in small pieces.
    const piece = zlib.gzipSync(Buffer.alloc(2 ** 20));
    const bomb = Buffer.concat([zlib.gzipSync(Uint8Array.from(head(8, 1000))), ...Array(512).fill(piece)]);
    const before = process.resourceUsage().maxRSS;
    expect(faultOf(fileOf(bomb))).toMatch(/more bytes than its dimensions promise/);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(2 ** 17); // kB; the bomb holds 2 ** 19
  });

  it('a name with a line break, on one line', () => {
    expect(() => readIdx(path.join(folder, 'a\nb'))).toThrow(/^"[^\n]*a\\nb": cannot read: no such file/);
  });

  it('a name with a zero byte', () => {
    expect(() => readIdx('a\0b')).toThrow(/not a valid path/);
  });
});

it('readIdx parses or throws an octavo error for 2,000 mutations of valid files', () => {
  let state = 12345;
  const random = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const plain = Uint8Array.from([...head(0x0b, 3, 4), ...Array.from({ length: 24 }, (_, i) => i)]);
  const seeds = [plain, zlib.gzipSync(plain), Uint8Array.from([...head(8, 5), 1, 2, 3, 4, 5])];
  const outcomes = { parsed: 0, refused: 0 };
  for (let round = 0; round < 2000; round++) {
    const seed = seeds[round % seeds.length] ?? plain;
    const bytes = [...seed.subarray(0, random(4) === 0 ? random(seed.length + 1) : seed.length)];
    for (let i = random(4); i > 0; i--) bytes[random(bytes.length)] = random(256);
    if (random(8) === 0) bytes.push(random(256));
    try {
      readIdx(fileOf(bytes, 'fuzz.idx'));
      outcomes.parsed++;
    } catch (error) {
      if (!isOctavoError(error)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.parsed).toBeGreaterThan(100);
  expect(outcomes.refused).toBeGreaterThan(100);
});

describe('writeIdx', () => {
  const arrays: IdxArray[] = [
    { type: 'uint8', dims: [2, 2], data: Uint8Array.of(0, 1, 254, 255) },
    { type: 'int8', dims: [3], data: Int8Array.of(-128, 0, 127) },
    { type: 'int16', dims: [1, 2], data: Int16Array.of(-32768, 513) },
    { type: 'int32', dims: [2], data: Int32Array.of(-(2 ** 31), 70000) },
    { type: 'float32', dims: [2], data: Float32Array.of(0.1, Number.NaN) },
    { type: 'float64', dims: [2], data: Float64Array.of(0.1, Number.NEGATIVE_INFINITY) },
  ];
  it.each(arrays)('writes $type that readIdx gives back, plain and gzipped', (array) => {
    for (const name of ['out.idx', 'out.idx.gz']) {
      const file = path.join(folder, name);
      writeIdx(file, array);
      expect(readIdx(file)).toEqual(array);
    }
    expect(fs.readFileSync(path.join(folder, 'out.idx.gz'))[0]).toBe(0x1f);
  });

  it('leaves the caller its values as they were', () => {
    const data = Int16Array.of(1, 2);
    writeIdx(path.join(folder, 'out.idx'), { type: 'int16', dims: [2], data });
    expect(data).toEqual(Int16Array.of(1, 2));
  });

  it('refuses dims that do not fit, and an unknown type', () => {
    const file = path.join(folder, 'never.idx');
    const data = Uint8Array.of(1, 2);
    expect(() => writeIdx(file, { type: 'uint8', dims: [3], data })).toThrow(/needs 3 uint8 values/);
    expect(() => writeIdx(file, { type: 'uint8', dims: [], data })).toThrow(/1 to 255 dimensions/);
    expect(() => writeIdx(file, { type: 'uint8', dims: [1, 2.5], data })).toThrow(/dimensions/);
    expect(() => writeIdx(file, { type: 'bfloat16' as 'uint8', dims: [2], data })).toThrow(/IDX element type/);
    expect(() => writeIdx(file, { type: 'float32', dims: [2], data })).toThrow(/needs 2 float32 values/);
    expect(fs.existsSync(file)).toBe(false);
  });
});
