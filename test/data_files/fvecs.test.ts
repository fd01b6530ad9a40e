// fvecs files: vectors, each after its length.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { piecesOf, withDataFile } from '../../lib/data_files';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-fvecs-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'vectors.FVECS');

function fvecs(rows: readonly (readonly number[])[]): Buffer {
  return Buffer.concat(
    rows.map((row) => {
      const bytes = Buffer.alloc(4 + 4 * row.length);
      bytes.writeInt32LE(row.length);
      for (const [i, value] of row.entries()) bytes.writeFloatLE(value, 4 + 4 * i);
      return bytes;
    }),
  );
}

async function read(bytes: Uint8Array): Promise<{ dims: readonly number[]; values: number[] }> {
  fs.writeFileSync(file, bytes);
  return withDataFile(file, {}, async (tensors) => {
    const values: number[] = [];
    for await (const { tensor } of piecesOf(tensors[0]!, { most: 4 })) values.push(...tensor.data);
    return { dims: tensors[0]!.dims, values };
  });
}

it('are read vector by vector', async () => {
  expect(
    await read(
      fvecs([
        [1, -2, 0.5],
        [3, 4, 5],
      ]),
    ),
  ).toEqual({ dims: [2, 3], values: [1, -2, 0.5, 3, 4, 5] });
  const rows = Array.from({ length: 700 }, (_, i) => Array.from({ length: 1000 }, (_, j) => i - j)); // several chunks
  expect((await read(fvecs(rows))).values).toEqual(rows.flat());
});

it.each([
  ['nothing', Buffer.alloc(0), 'empty or truncated'],
  ['a length of 0', Buffer.alloc(8), 'not fvecs: its first vector would have 0 values'],
  ['a negative length', Buffer.alloc(8, 0xff), 'not fvecs: its first vector would have -1 values'],
  [
    'half a vector',
    fvecs([[1, 2, 3]]).subarray(0, 12),
    '12 bytes are no whole number of vectors of 3 values, 16 bytes each',
  ],
  [
    'another length',
    Buffer.concat([fvecs([[1, 2, 3]]), fvecs([[9], [9]])]),
    'vector 1 has 1 values, the first one has 3',
  ],
])('with %s are refused', async (_, bytes, fault) => {
  await expect(read(bytes)).rejects.toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(fault) });
});
