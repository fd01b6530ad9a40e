// What bitsandbytes stores for a weight: written byte for byte, read back, and refused where it is damaged.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../lib/safetensors';
import { Tensor } from '../../../lib/tensor';
import { decodeCodebook, encodeCodebook, fromBitsandbytes, isBitsandbytes, toBitsandbytes } from '../../../lib/weights';
import { PythonFloat } from '../../../lib/weights/codebook/python_json';
import { NumpyRandom } from '../numpy_random';

const matrix = { data: Float32Array.from(new NumpyRandom().normals(301 * 77)), rows: 301, columns: 77 };
const hash = (data: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
    .slice(0, 32);

// From bitsandbytes' kernels, written out in numpy: the searches of dQuantizeNF4, dQuantizeFP4 and dQuantize in float32.
it.each([
  ['nf4', '5d4f1ed9ca1f692c0083feabcc1aa571'],
  ['fp4', '4ade589b3579f61b2665acc2366819fd'],
] as const)('has the bytes of bitsandbytes: %s', (type, codes) => {
  expect(hash(matrix.data)).toBe('17dfad5ecd5dbcdd7380d2d60915b877');
  const tensors = toBitsandbytes('w', encodeCodebook(matrix, { type }));
  expect([...tensors.keys()]).toEqual([
    'w',
    'w.absmax',
    'w.quant_map',
    'w.nested_absmax',
    'w.nested_quant_map',
    `w.quant_state.bitsandbytes__${type}`,
  ]);
  expect(tensors.get('w')!.dims).toEqual([11589, 1]);
  expect(hash(tensors.get('w')!.data)).toBe(codes);
  expect(hash(tensors.get('w.absmax')!.data)).toBe('187d67fcd4cac2d1851b6a99a9294580');
  expect(hash(tensors.get('w.nested_absmax')!.data)).toBe('351d515efb77cbd1d1de907d08ad90d8');
  expect(Buffer.from(tensors.get(`w.quant_state.bitsandbytes__${type}`)!.data as Uint8Array).toString()).toBe(
    `{"quant_type": "${type}", "blocksize": 64, "dtype": "float32", "shape": [301, 77], "nested_blocksize": 256, ` +
      '"nested_dtype": "float32", "nested_offset": 2.6080262660980225}',
  );
});

it('writes plain magnitudes, and the type that weights had', () => {
  const tensors = toBitsandbytes('w', encodeCodebook(matrix, { type: 'nf4', doubleQuantization: false }), {
    dtype: 'bfloat16',
  });
  expect([...tensors.keys()]).toEqual(['w', 'w.absmax', 'w.quant_map', 'w.quant_state.bitsandbytes__nf4']);
  expect(tensors.get('w.absmax')!.type).toBe('float32');
  expect(Buffer.from(tensors.get('w.quant_state.bitsandbytes__nf4')!.data as Uint8Array).toString()).toBe(
    '{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [301, 77]}',
  );
});

it('writes floats as Python does', () => {
  const values = [1e-5, 0.5, 3, 123456789, 1e16, 1.5e-7, 0.0001, 2 ** -20, 1e22, 0, 12345678.25];
  expect(values.map((value) => String(new PythonFloat(value))).join(' ')).toBe(
    '1e-05 0.5 3.0 123456789.0 1e+16 1.5e-07 0.0001 9.5367431640625e-07 1e+22 0.0 12345678.25',
  );
});

it.each([
  ['nf4', true],
  ['nf4', false],
  ['fp4', true],
] as const)('reads from a safetensors file what it wrote: %s, double quantization %s', (type, doubleQuantization) => {
  const weights = encodeCodebook(matrix, { type, doubleQuantization });
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-'));
  try {
    const file = path.join(folder, 'model.safetensors');
    writeSafetensors(file, toBitsandbytes('layer.weight', weights));
    const { tensors } = readSafetensors(file);
    expect([isBitsandbytes(tensors, 'layer.weight'), isBitsandbytes(tensors, 'layer')]).toEqual([true, false]);
    const read = fromBitsandbytes(tensors, 'layer.weight');
    expect(read).toEqual(weights);
    expect(decodeCodebook(read)).toEqual(decodeCodebook(weights));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('reads codes that were stored as floats of another type, and more than two dimensions', () => {
  const tensors = new Map<string, Tensor>(
    toBitsandbytes('w', encodeCodebook({ data: matrix.data.subarray(0, 96), rows: 8, columns: 12 }, { type: 'nf4' })),
  );
  const codes = tensors.get('w')!.data as Uint8Array;
  tensors.set('w', new Tensor('bfloat16', new Uint16Array(codes.buffer, codes.byteOffset, 24), [24, 1]));
  const state =
    '{"quant_type": "nf4", "blocksize": 64, "shape": [2, 4, 12], "nested_blocksize": 256, "nested_offset": 1}';
  tensors.set('w.quant_state.bitsandbytes__nf4', Tensor.from(new TextEncoder().encode(state)));
  expect(fromBitsandbytes(tensors, 'w')).toMatchObject({ rows: 8, columns: 12, block: 64, codes });
});

const text = (json: string) => Tensor.from(new TextEncoder().encode(json));
const STATE = 'w.quant_state.bitsandbytes__nf4';
const good = '"quant_type": "nf4", "blocksize": 64, "shape": [301, 77]';

it.each([
  ['w', undefined, /"w" is missing/],
  ['w', Tensor.from(new Uint8Array(10)), /"w" must hold 11589/],
  ['w.absmax', Tensor.from(new Uint8Array(10)), /nested_absmax" must hold 1 /],
  ['w.absmax', Tensor.from(new Uint8Array(400)), /absmax" must hold 363/],
  ['w.nested_absmax', Tensor.from(new Uint8Array(2)), /must be float32/],
  ['w.nested_absmax', Tensor.from(Float32Array.of(1, Number.NaN)), /finite, got NaN at 1/],
  ['w.nested_quant_map', Tensor.from(new Float32Array(16)), /must hold 256/],
  ['w.quant_map', Tensor.from(new Float32Array(16)), /not the table of nf4/],
  [STATE, text('{'), /is not JSON/],
  [STATE, text('[]1'), /is not JSON/],
  [STATE, text('3'), /not a JSON object/],
  [STATE, text('{"quant_type": "fp4"}'), /says quant_type "fp4"/],
  [STATE, text('{"quant_type": "nf4", "blocksize": 0}'), /blocksize/],
  [STATE, text('{"quant_type": "nf4", "blocksize": 64, "shape": [301, -77]}'), /shape/],
  [STATE, text('{"quant_type": "nf4", "blocksize": 64, "shape": [1e9, 1e9]}'), /too many/],
  [STATE, text(`{${good}, "nested_blocksize": 0}`), /nested_blocksize/],
  [STATE, text(`{${good}, "nested_blocksize": 256, "nested_offset": "1"}`), /nested_offset/],
  [STATE, text(`{${good}}`), /absmax" must be float32/],
] as const)('refuses damage: %#, %s', (name, tensor, message) => {
  const tensors = new Map<string, Tensor>(toBitsandbytes('w', encodeCodebook(matrix, { type: 'nf4' })));
  if (tensor === undefined) tensors.delete(name);
  else tensors.set(name, tensor);
  expect(() => fromBitsandbytes(tensors, 'w')).toThrow(message);
  expect(() => fromBitsandbytes(tensors, 'other')).toThrow(/no quantization state/);
});
