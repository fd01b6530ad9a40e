// Reads the files of ../shared/data that hold samples and labels.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { piecesOf, withDataFile } from '../../dist/lib/data_files/index.js';

export const DATA = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'data');

const locate = (name) => path.join(DATA, name);

/** A file's bytes, unpacked. */
export function readBytes(name) {
  const bytes = readFileSync(locate(name));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

export const readJson = (name) => JSON.parse(readBytes(name).toString());

/** Rows of a CSV file without quotes. */
export const readRows = (name) =>
  readBytes(name)
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','));

/** The values of a tensor in an NPY, NPZ or IDX file, as floats. */
export async function readTensor(name, member) {
  return withDataFile(locate(name), {}, async (tensors) => {
    const stored = tensors.find((tensor) => member === undefined || tensor.name === member);
    if (stored === undefined) throw new Error(`${name} has no ${member}`);
    const data = new Float32Array(stored.dims.reduce((product, dim) => product * dim, 1));
    let done = 0;
    for await (const { tensor } of piecesOf(stored)) {
      data.set(tensor.data, done);
      done += tensor.data.length;
    }
    return { dims: stored.dims, data };
  });
}
