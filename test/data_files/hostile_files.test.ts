// Damaged and hostile files: one line that names the file and the fault; never a crash, never much memory.
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isOctavoError } from '../../lib/errors';
import { expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';
import { GOLDEN_FILES, goldenFile } from './golden_files';
import { npyFile, readAll, useFolder } from './written';

const write = useFolder();
const header = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('withDataFile refuses', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), /empty/],
    ['text', Buffer.from('1,2,3\n4,5,6\n'), /not NPY, NPZ, safetensors, IDX or .fvecs/],
    ['a beginning', Buffer.from([0x93, 0x4e]), /not NPY/],
    ['structured arrays', goldenFile('structured'), /structured arrays are not supported/],
    ['complex numbers', goldenFile('complex'), /"<c8" is not supported/],
    ['objects', goldenFile('objects'), /"\|O" is not supported/],
    ['version 4', npyFile(header('<f4', '(1,)'), [0, 0, 0, 0], 4), /version 4\.0/],
    ['an absurd header', Buffer.from([0x93, ...Buffer.from('NUMPY'), 2, 0, 255, 255, 255, 255]), /header would be/],
    ['a header without shape', npyFile("{'descr': '<f4', 'fortran_order': False}", []), /not a dictionary/],
    ['code as a header', npyFile("__import__('os')", []), /not a dictionary/],
    ['code after the header', npyFile(`${header('<f4', '(0,)')}; exit()`, []), /not a dictionary/],
    ['a negative dimension', npyFile(header('<f4', '(-1,)'), []), /not a dictionary/],
    ['a shape that is a number', npyFile(header('<f4', '(3)'), []), /its shape is/],
    ['an absurd shape', npyFile(header('<f4', '(9007199254740993, 0)'), []), /2\^53/],
    ['65 dimensions', npyFile(header('<f4', `(${'1,'.repeat(65)})`), [0, 0, 0, 0]), /65 dimensions/],
    ['a byte order that says nothing', npyFile(header('|f4', '(0,)'), []), /no byte order/],
    ['a shape beyond the file', npyFile(header('<f4', '(3,)'), [0, 0, 0, 0]), /truncated: 4 bytes/],
    ['bytes beyond the shape', npyFile(header('<f4', '(1,)'), [0, 0, 0, 0, 0]), /1 bytes more/],
    ['an archive without arrays', Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`, 'latin1'), /holds no arrays/],
    ['an archive of something else', goldenFile('npz').map((byte) => (byte === 0x79 ? 0x7a : byte)), /no NPY array/],
    ['an archive that is none', Buffer.from('PK\x03\x04abcdefgh', 'latin1'), /broken zip archive/],
    ['an IDX file that is too short', Buffer.from([0, 0, 8, 1, 0, 0, 0, 9, 1]), /promise/],
    ['gzip of something else', zlib.gzipSync(Buffer.from('hello')), /not an IDX file/],
    ['gzip that is broken', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]), /gzip data/],
    ['gzip with more than it says', zlib.gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, 1, 1, 2])), /more bytes than/],
    ['gzip with less than it says', zlib.gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, 3, 1, 2])), /truncated/],
  ])('%s', async (_, bytes, fault) => {
    const file = write(bytes);
    await expectRejection(readAll(file), 'ERR_FILE', fault);
    await expectRejection(readAll(file), 'ERR_FILE', new RegExp(`^${file}: `));
  });

  it('a folder, a file that is not there, and raw values that are no whole samples', async () => {
    const file = write(new Uint8Array(10));
    await expectRejection(readAll(`${file}.gone`), 'ERR_FILE', /no such file/);
    await expectRejection(readAll('/'), 'ERR_FILE', /is a directory/);
    await expectRejection(readAll(file, { shape: [2] }), 'ERR_FILE', /no whole number of samples \[2\]/);
    await expectRejection(readAll(write(new Uint8Array(0)), { shape: [2] }), 'ERR_FILE', /empty/);
    await expectRejection(readAll(file, { shape: [0] }), 'ERR_RANGE', /shape\[0\]/);
    await expectRejection(readAll(file, { scale: 0 }), 'ERR_RANGE', /scale/);
  });

  it.each(GOLDEN_FILES)('beginnings of %s', async (name) => {
    const bytes = goldenFile(name);
    for (let length = 0; length < bytes.length; length += 7)
      await expectRejection(readAll(write(bytes.subarray(0, length))), 'ERR_FILE');
  });

  it('changed bytes of an archive, or reads what it read before', async () => {
    const random = new Random(9);
    for (const name of ['npz', 'npzDeflated'] as const) {
      const expected = JSON.stringify((await readAll(write(goldenFile(name)))).map(({ values }) => values));
      for (let trial = 0; trial < 100; trial++) {
        const bytes = goldenFile(name);
        bytes[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
        const outcome = await readAll(write(bytes)).then(
          (found) => JSON.stringify(found.map(({ values }) => values)),
          (error: unknown) => error,
        );
        if (typeof outcome !== 'string') expect(isOctavoError(outcome), String(outcome)).toBe(true);
        else expect(outcome).toBe(expected);
      }
    }
  });
});
