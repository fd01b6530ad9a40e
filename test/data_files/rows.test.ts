import { expect, it } from 'vitest';
import { type ElementType, rowsOf, type StoredTensor } from '../../lib/data_files';

/** A tensor whose file has these bytes, in chunks of 5. */
function stored(
  type: ElementType,
  dims: number[],
  bytes: ArrayBufferView,
  more: Partial<StoredTensor> = {},
): StoredTensor {
  const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < all.length; at += 5) yield all.slice(at, at + 5);
  }
  const encoding = { type, bigEndian: false, scale: 1 };
  return { file: 'a.npy', name: undefined, dims, encoding, fortranOrder: false, bytes: chunks, ...more };
}

async function read(tensor: StoredTensor) {
  const rows = [];
  for await (const row of rowsOf(tensor)) rows.push(row);
  return rows;
}

it('gives rows in the type of the file', async () => {
  const large = BigInt64Array.of(2n ** 60n + 1n, -1n, 7n, 8n);
  expect(await read(stored('int64', [2, 2], large))).toEqual([large.slice(0, 2), large.slice(2)]);
  expect(await read(stored('bool', [2], Uint8Array.of(1, 0)))).toEqual([Uint8Array.of(1), Uint8Array.of(0)]);
  expect(await read(stored('float16', [1, 2], Uint16Array.of(0x3c00, 1)))).toEqual([Uint16Array.of(0x3c00, 1)]);
  expect(await read(stored('float32', [0, 2], new Float32Array(0)))).toEqual([]);
});

it('turns big-endian values around', async () => {
  const encoding = { type: 'int32', bigEndian: true, scale: 1 } as const;
  expect(await read(stored('int32', [2, 1], Uint8Array.of(0, 0, 1, 2, 255, 255, 255, 254), { encoding }))).toEqual([
    Int32Array.of(258),
    Int32Array.of(-2),
  ]);
});

it('refuses single values, the order of Fortran, and files of another length', async () => {
  const values = Float32Array.of(1, 2, 3, 4);
  await expect(read(stored('float32', [], values))).rejects.toThrow(/a\.npy: its tensor is a single value/);
  await expect(read(stored('float32', [2, 2], values, { fortranOrder: true }))).rejects.toThrow(/Fortran's order/);
  expect(await read(stored('float32', [4], values, { fortranOrder: true }))).toHaveLength(4);
  await expect(read(stored('float32', [3, 2], values))).rejects.toThrow(/truncated/);
  await expect(read(stored('float32', [1, 2], values))).rejects.toThrow(/more bytes than its dims promise/);
});
