// Files and models for the tests of samples.
import type { ElementArray, Feeds } from '../../../lib/onnx';
import type { SampleSource } from '../../../lib/onnx/execute';
import { npyFile } from '../../data_files/written';

const DESCR: Readonly<Record<string, string>> = {
  Float32Array: '<f4',
  Float64Array: '<f8',
  Uint8Array: '|u1',
  Int32Array: '<i4',
  BigInt64Array: '<i8',
};

export function npy(dims: readonly number[], data: ElementArray): Buffer {
  const shape = `(${dims.map((dim) => `${dim},`).join(' ')})`;
  const header = `{'descr': '${DESCR[data.constructor.name]}', 'fortran_order': False, 'shape': ${shape}, }`;
  return npyFile(header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export async function drawn(source: SampleSource): Promise<Feeds[]> {
  const samples: Feeds[] = [];
  for await (const feeds of source) samples.push(feeds);
  return samples;
}
