// Files for the readers, and what comes out of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type DataFileOptions, piecesOf, type StoredTensor, withDataFile } from '../../lib/data_files';

/** A folder of a test file's own, removed after its tests; the function writes a file into it. */
export function useFolder(): (bytes: Uint8Array, name?: string) => string {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-data-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (bytes, name = 'a.data') => {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
}

export interface Found {
  readonly name: string | undefined;
  readonly dims: readonly number[];
  readonly values: number[];
}

/** A tensor's values in row-major order, put together from its pieces. */
export async function collect(stored: StoredTensor, options?: { axis?: number; most?: number }): Promise<Found> {
  const values: number[] = [];
  for await (const { tensor } of piecesOf(stored, options)) values.push(...tensor.data);
  return { name: stored.name, dims: stored.dims, values };
}

/** All tensors of a file. */
export function readAll(file: string, options: DataFileOptions = {}): Promise<Found[]> {
  return withDataFile(file, options, async (tensors) => {
    const found: Found[] = [];
    for (const tensor of tensors) found.push(await collect(tensor));
    return found;
  });
}

/** An NPY file of a header's text and its bytes. */
export function npyFile(header: string, data: Uint8Array | readonly number[], version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  const magic = [0x93, ...Buffer.from('NUMPY'), version, 0];
  return Buffer.concat([Buffer.from(magic), length, Buffer.from(header, 'latin1'), Buffer.from(data)]);
}
