// openSafetensors: one tensor or window at a time, all element types, several files as one checkpoint, files that change.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Linear } from '../../lib/linear';
import { decodeFloats, ELEMENT_NAMES, type ElementName, elementBits, openSafetensors } from '../../lib/safetensors';
import type { TensorLike } from '../../lib/tensor';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-reader-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const place = (name: string) => path.join(folder, name);

/** A file by hand: tensors of bytes, one after the other. */
function write(name: string, tensors: Record<string, [dtype: string, dims: number[], data: Uint8Array]>): string {
  let end = 0;
  const header: Record<string, unknown> = { __metadata__: { of: name, format: 'pt' } };
  for (const [key, [dtype, shape, data]] of Object.entries(tensors)) {
    header[key] = { dtype, shape, data_offsets: [end, end + data.length] };
    end += data.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  fs.writeFileSync(place(name), Buffer.concat([length, json, ...Object.values(tensors).map(([, , data]) => data)]));
  return place(name);
}

const count = (n: number, first = 0) => Uint8Array.from({ length: n }, (_, i) => first + i);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('one file', () => {
  it.each(ELEMENT_NAMES)('gives values of %s, whole and by rows', async (dtype: ElementName) => {
    const bytes = count(elementBits(dtype) * 3); // [3, 8]
    using reader = openSafetensors(
      write('types.safetensors', { before: ['U8', [1], count(1)], t: [dtype, [3, 8], bytes] }),
    );
    expect(reader.tensors.get('t')).toMatchObject({ name: 't', dtype, dims: [3, 8], bytes: bytes.length });
    const whole = await reader.read('t');
    expect(whole.dims).toEqual([3, 8]);
    expect(new Uint8Array(whole.data.buffer)).toEqual(bytes);
    const row = await reader.read('t', { rows: [1, 2] });
    expect(row.dims).toEqual([1, 8]);
    expect(new Uint8Array(row.data.buffer)).toEqual(bytes.subarray(bytes.length / 3, (2 * bytes.length) / 3));
  });

  it("gives what octavo's functions take", async () => {
    using reader = openSafetensors(write('linear.safetensors', { w: ['F32', [2, 2], floats(1, 2, 3, 4)] }));
    const weight = (await reader.read('w')) as TensorLike<'float32'>;
    const x: TensorLike<'float32'> = { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 10) };
    expect([...new Linear(weight).forward(x).data]).toEqual([21, 43]);
    expect([reader.metadata.get('format'), reader.indexMetadata]).toEqual(['pt', {}]);
  });

  it('gives windows of whole rows, at least one each', async () => {
    const data = count(40);
    using reader = openSafetensors(
      write('windows.safetensors', { w: ['I8', [5, 8], data], s: ['I8', [], count(1, 7)] }),
    );
    const cut = async (maxBytes: number, rows?: [number, number]) => {
      const found = [];
      for await (const window of reader.windows('w', { maxBytes, rows })) found.push([...window.rows, window.data[0]]);
      return found;
    };
    expect(await cut(16)).toEqual([
      [0, 2, 0],
      [2, 4, 16],
      [4, 5, 32],
    ]);
    expect((await cut(1)).length).toBe(5);
    expect(await cut(100, [1, 3])).toEqual([[1, 3, 8]]);
    for await (const window of reader.windows('s'))
      expect([window.rows, window.dims, [...window.data]]).toEqual([[0, 1], [1], [7]]);
  });

  it('reads floats of every width as float32', async () => {
    const of = async (dtype: string, bytes: number[], dims: number[]) => {
      using reader = openSafetensors(write('floats.safetensors', { t: [dtype, dims, Uint8Array.from(bytes)] }));
      return [...(await reader.readFloat32('t')).data];
    };
    expect(await of('F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1])).toEqual([1.5]);
    expect(await of('F16', [0, 0x3c, 0xff, 0x7b], [2])).toEqual([1, 65504]);
    expect(await of('BF16', [0x80, 0x3f, 0x80, 0xff], [2])).toEqual([1, Number.NEGATIVE_INFINITY]);
    expect(await of('F8_E4M3', [0x38, 0x7e, 0x7f], [3])).toEqual([1, 448, Number.NaN]);
    expect(await of('F8_E5M2', [0x3c, 0x7b, 0x7c], [3])).toEqual([1, 57344, Number.POSITIVE_INFINITY]);
    expect(await of('F8_E4M3FNUZ', [0x40, 0x80], [2])).toEqual([1, Number.NaN]);
    expect(await of('F8_E5M2FNUZ', [0x40, 0x7f], [2])).toEqual([1, 57344]);
    expect(await of('F8_E8M0', [127, 0, 254, 255], [4])).toEqual([1, 2 ** -127, 2 ** 127, Number.NaN]);
    expect(await of('F4', [0x21, 0xf7], [1, 4])).toEqual([0.5, 1, 6, -6]);
    await expect(of('I32', [0, 0, 0, 0], [1])).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(() => decodeFloats('F6_E2M3', new ArrayBuffer(3), new Float32Array(4))).toThrow(/no float32 values/);
  });

  it('refuses names, rows and targets that do not fit', async () => {
    using reader = openSafetensors(
      write('rows.safetensors', { w: ['I8', [3, 2], count(6)], f: ['F4', [4, 1], count(2)] }),
    );
    const refused = (promise: Promise<unknown>, code: string) => expect(promise).rejects.toMatchObject({ code });
    await refused(reader.read('x'), 'ERR_RANGE');
    await refused(reader.read('w', { rows: [2, 1] }), 'ERR_RANGE');
    await refused(reader.read('w', { rows: [0, 4] }), 'ERR_RANGE');
    await refused(reader.read('w', { rows: 3 as never }), 'ERR_DTYPE');
    await refused(reader.read('f', { rows: [0, 1] }), 'ERR_RANGE');
    await refused(reader.readInto('w', new Uint8Array(3), 4), 'ERR_RANGE');
    const target = new Uint8Array(3);
    await reader.readInto('w', target, 2);
    expect([...target]).toEqual([2, 3, 4]);
    expect(() => openSafetensors(3 as never)).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
  });

  it('reads beyond 4 GB, and holds only what was asked for', async () => {
    const [bytes, file] = [5 * 2 ** 30, place('large.safetensors')];
    const json = Buffer.from(
      JSON.stringify({
        big: { dtype: 'F32', shape: [bytes / 4096, 1024], data_offsets: [0, bytes] },
        end: { dtype: 'F32', shape: [2], data_offsets: [bytes, bytes + 8] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    fs.writeFileSync(file, Buffer.concat([length, json]));
    const fd = fs.openSync(file, 'r+'); // all but its ends is a hole
    fs.writeSync(fd, floats(3, 4, 5), 0, 12, 8 + json.length + bytes - 4);
    fs.closeSync(fd);
    using reader = openSafetensors(file);
    expect((await reader.readFloat32('end')).data).toEqual(Float32Array.of(4, 5));
    const rows = bytes / 4096;
    const { data, dims } = await reader.read('big', { rows: [rows - 2, rows] });
    expect([dims, data[2046], data[2047]]).toEqual([[2, 1024], 0, 3]);
    let last = 0;
    for await (const window of reader.windows('big', { rows: [rows - 5000, rows], maxBytes: 2 ** 22 }))
      last = window.rows[1];
    expect(last).toBe(rows);
  });
});

describe('a file that changes meanwhile is an error of the read that meets it:', () => {
  const change = async (name: string, action: (file: string) => void): Promise<unknown> => {
    const file = write(name, { w: ['I8', [1000], new Uint8Array(1000)] });
    using reader = openSafetensors(file);
    await reader.read('w');
    fs.utimesSync(file, 1, 1); // so that what follows has another time, however fast
    await expect(reader.read('w')).rejects.toMatchObject({ code: 'ERR_FILE' });
    action(file);
    return await reader.read('w').then(
      () => 'read',
      (error: Error) => error.message,
    );
  };

  it('written to', async () => {
    expect(await change('a', (file) => fs.appendFileSync(file, 'x'))).toMatch(/changed while it was read/);
  });
  it('cut off', async () => {
    expect(await change('b', (file) => fs.truncateSync(file, 500))).toMatch(/became shorter while it was read/);
  });
  it('replaced as a whole: read to its end as it was', async () => {
    const file = write('c', { w: ['I8', [3], count(3)] });
    using reader = openSafetensors(file);
    fs.writeFileSync(place('new'), 'other');
    fs.renameSync(place('new'), file);
    const found = await reader.read('w').catch((error: Error) => error.message);
    // Losing its last name changes no byte of it; systems that count that as a change refuse.
    if (typeof found === 'string') expect(found).toMatch(/changed while it was read/);
    else expect([...found.data]).toEqual([0, 1, 2]);
  });
  it('closed', async () => {
    const reader = openSafetensors(write('d', { w: ['I8', [2 ** 20], new Uint8Array(2 ** 20)] }));
    const reading = reader.read('w');
    reader.close();
    reader.close();
    expect((await reading).data.length).toBe(2 ** 20);
    await expect(reader.read('w')).rejects.toThrow(/closed/);
  });
});

describe('several files', () => {
  const index = (name: string, map: unknown, more = {}) => {
    fs.writeFileSync(place(name), JSON.stringify({ metadata: { total_size: 9 }, weight_map: map, ...more }));
    return place(name);
  };
  const one = write('model-00001-of-00002.safetensors', { b: ['I8', [2], count(2)], a: ['I8', [1], count(1, 5)] });
  const two = write('model-00002-of-00002.safetensors', { c: ['F32', [1], floats(2.5)] });
  const map = { a: path.basename(one), b: path.basename(one), c: path.basename(two) };

  it('are one checkpoint, by their index or their folder', async () => {
    const file = index('model.safetensors.index.json', map);
    for (const given of [file, folder]) {
      using reader = openSafetensors(given);
      expect([reader.path, [...reader.tensors.keys()], reader.indexMetadata]).toEqual([
        file,
        ['b', 'a', 'c'],
        { total_size: 9 },
      ]);
      expect([...reader.metadata]).toEqual([
        ['of', path.basename(one)],
        ['format', 'pt'],
      ]);
      expect(reader.tensors.get('c')?.file).toBe(two);
      expect([...(await reader.read('c')).data]).toEqual([2.5]);
    }
  });

  it.each([
    ['a file elsewhere', { ...map, c: '../c.safetensors' }, /names a file that is not beside it: "\.\.\/c/],
    ['an absolute file', { ...map, c: '/etc/passwd' }, /not beside it/],
    ['a file on another drive', { ...map, c: 'C:model' }, /not beside it/],
    ['the folder', { ...map, c: '..' }, /not beside it/],
    ['a missing file', { ...map, c: 'none.safetensors' }, /none.safetensors: cannot read: no such file/],
    ['a tensor that its file does not hold', { ...map, d: map.c }, /does not hold tensor "d"/],
    ['a tensor in the wrong file', { ...map, a: map.c }, /does not hold tensor "a"/],
    ['too few tensors', { a: map.a, c: map.c }, /holds tensor "b", which the index does not say/],
    ['a number for a file', { ...map, c: 3 }, /weight_map entry "c" is not a string/],
    ['a list', [map], /weight_map is not an object/],
  ])('are refused if the index has %s', (_, broken, message) => {
    expect(() => openSafetensors(index('broken.safetensors.index.json', broken))).toThrow(
      expect.objectContaining({ code: 'ERR_FILE', message: expect.stringMatching(message) }),
    );
  });

  it('are refused if the index is not one, or a folder has none or several', () => {
    const refuse = (given: string, message: RegExp) => expect(() => openSafetensors(given)).toThrow(message);
    fs.writeFileSync(place('x.json'), '{"weight_map":{"a":"b","a":"c"}}');
    refuse(place('x.json'), /has a key twice/);
    fs.writeFileSync(place('x.json'), '[]');
    refuse(place('x.json'), /not an index: it is not a JSON object/);
    const inner = fs.mkdtempSync(place('inner-'));
    refuse(inner, /holds no \.safetensors file/);
    for (const name of ['a', 'b']) fs.copyFileSync(one, path.join(inner, `${name}.safetensors`));
    refuse(inner, /holds 2 checkpoints: a\.safetensors, b\.safetensors/);
    fs.copyFileSync(two, path.join(inner, 'model.safetensors'));
    expect(openSafetensors(inner).path).toBe(path.join(inner, 'model.safetensors'));
  });
});
