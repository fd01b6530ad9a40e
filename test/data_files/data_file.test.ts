// Files of every format, as float32.
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { piecesOf, withDataFile } from '../../lib/data_files';
import { writeSafetensors } from '../../lib/safetensors';
import { expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';
import { goldenFile } from './golden_files';
import { collect, npyFile, readAll, useFolder } from './written';

const write = useFolder();
const X = [1, -2.5, 3, 0.5, 0, Math.fround(-1e-3)];

describe('withDataFile reads', () => {
  it.each([
    ['npy1', [2, 3], X],
    ['npy2', [2, 3], X],
    ['npy3', [2, 3], X],
    ['float64BigEndian', [2, 3], X],
    ['float16', [6], [1, 65504, 2 ** -24, Infinity, -0, Number.NaN]],
    ['scalar', [], [7]],
    ['fortran', [2, 3, 4], Array.from({ length: 24 }, (_, i) => i)],
  ] as const)('what NumPy wrote: %s', async (name, dims, values) => {
    expect(await readAll(write(goldenFile(name)))).toEqual([{ name: undefined, dims, values }]);
  });

  it('the arrays of archives, stored and deflated', async () => {
    expect(await readAll(write(goldenFile('npz')))).toEqual([{ name: 'a', dims: [2, 3], values: X }]);
    expect(await readAll(write(goldenFile('npzDeflated')))).toEqual([
      { name: 'a', dims: [2, 3], values: X },
      { name: 'b', dims: [5], values: [0, 1, 2, 3, 4] },
    ]);
  });

  it.each([
    ['|b1', [0, 1, 1], [0, 1, 1]],
    ['|i1', [255, 128], [-1, -128]],
    ['<i2', [0xfe, 0xff], [-2]],
    ['>u2', [1, 2], [258]],
    ['<i4', [0, 0, 0, 128], [-(2 ** 31)]],
    ['>u4', [128, 0, 0, 1], [2 ** 31]],
    ['<i8', [255, 255, 255, 255, 255, 255, 255, 255], [-1]],
    ['>u8', [128, 0, 0, 0, 0, 0, 0, 0], [2 ** 63]],
    ['>f4', [0x3f, 0x80, 0, 0], [1]],
    ['=f2', [0, 0x3c], [1]],
    ['<f8', [0, 0, 0, 0, 0, 0, 0xf0, 0x7e], [Infinity]],
  ])('elements of type %s', async (descr, bytes, values) => {
    const header = `{"shape": (${values.length},), 'fortran_order':False,'descr': '${descr}'}`;
    expect((await readAll(write(npyFile(header, bytes))))[0]?.values).toEqual(values);
  });

  it('integers times a scale, and floats as they are', async () => {
    const [integers] = await readAll(
      write(npyFile("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", [0, 255])),
      {
        scale: 1 / 255,
      },
    );
    expect(integers?.values).toEqual([0, 1]);
    expect((await readAll(write(goldenFile('npy1')), { scale: 2 }))[0]?.values).toEqual(X);
  });

  it('IDX files, gzipped or not', async () => {
    const idx = Buffer.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]);
    const expected = [{ name: undefined, dims: [2, 3], values: [1, 2, 3, 4, 5, 255] }];
    expect(await readAll(write(idx))).toEqual(expected);
    expect(await readAll(write(zlib.gzipSync(idx)))).toEqual(expected);
    const bytes = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 0x7b, 9]); // not taken for safetensors
    expect((await readAll(write(bytes)))[0]?.values).toEqual([0x7b, 9]);
  });

  it('safetensors of all element types', async () => {
    const file = write(new Uint8Array(0));
    const tensor = (type: string, data: unknown, dims: number[]) => ({ type, data, dims }) as never;
    writeSafetensors(file, [
      ['w', tensor('float32', Float32Array.from(X), [2, 3])],
      ['h', tensor('float16', Uint16Array.of(0x3c00), [1])],
      ['b', tensor('bfloat16', Uint16Array.of(0x3f80, 0xff80), [2])],
      ['n', tensor('int64', BigInt64Array.of(-5n), [])],
    ]);
    const found = Object.fromEntries((await readAll(file)).map(({ name, dims, values }) => [name, { dims, values }]));
    expect(found).toEqual({
      w: { dims: [2, 3], values: X },
      h: { dims: [1], values: [1] },
      b: { dims: [2], values: [1, -Infinity] },
      n: { dims: [], values: [-5] },
    });
  });

  it('bare float32 values of a given shape, whatever they begin with', async () => {
    const values = new Float32Array(12).map((_, i) => i);
    const found = await readAll(write(new Uint8Array(values.buffer)), { shape: [3, 2] });
    expect(found).toEqual([{ name: undefined, dims: [2, 3, 2], values: [...values] }]);
  });
});

describe('piecesOf', () => {
  const random = new Random(5);
  const dims = [3, 4, 5, 2];
  const values = Float32Array.from({ length: 120 }, () => random.next());
  const header = (order: string) => `{'descr': '<f4', 'fortran_order': ${order}, 'shape': (3, 4, 5, 2), }`;
  const file = (order: string, name: string) => write(npyFile(header(order), new Uint8Array(values.buffer)), name);

  it.each([
    ['False', 'row-major'],
    ['True', 'fortran'],
  ])('cuts along any axis into boxes that cover the tensor once (fortran_order: %s)', async (order, name) => {
    // What a value is called in the file's own order: its place there.
    const at = (index: readonly number[]) =>
      order === 'False'
        ? index.reduce((place, i, axis) => place * dims[axis]! + i, 0)
        : index.reduceRight((place, i, axis) => place * dims[axis]! + i, 0);
    await withDataFile(file(order, name), {}, async ([stored]) => {
      for (const axis of [undefined, 0, 1, 2, 3, -1])
        for (const most of [1, 3, 7, 10, 40, 1000]) {
          const seen: number[] = [];
          for await (const { tensor, firstSample } of piecesOf(stored!, { axis, most })) {
            expect(tensor.dims.length).toBe(4);
            if (axis !== undefined) expect(tensor.dims.at(axis)).toBe(dims.at(axis));
            else expect(tensor.size).toBeLessThanOrEqual(most);
            seen.push(...tensor.data);
            // The sample of the piece's first value is the one that it has in the whole.
            const place = values.indexOf(tensor.data[0]!);
            const sample = order === 'False' ? Math.floor(place / 40) : place % 3;
            expect(firstSample).toBe(sample);
          }
          expect(seen.toSorted()).toEqual([...values].toSorted());
        }
      const whole = await collect(stored!);
      for (const index of [
        [0, 0, 0, 0],
        [2, 3, 4, 1],
        [1, 2, 0, 1],
        [2, 0, 3, 0],
      ])
        expect(whole.values[index.reduce((place, i, axis) => place * dims[axis]! + i, 0)]).toBe(values[at(index)]);
    });
  });

  it('gives nothing for a tensor without values, and refuses an axis that it does not have', async () => {
    const empty = write(npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4)}", []));
    expect((await readAll(empty))[0]?.values).toEqual([]);
    await withDataFile(empty, {}, async ([stored]) => {
      await expectRejection(collect(stored!, { axis: 2 }), 'ERR_RANGE', /axis from -2 to 1/);
      await expectRejection(collect(stored!, { axis: 0.5 }), 'ERR_RANGE');
    });
  });

  it('needs no more memory than pieces, however large the file', async () => {
    const zeros = Buffer.alloc(2 ** 26);
    const head = npyFile(`{'descr': '<f4', 'fortran_order': False, 'shape': (${2 ** 24},)}`, []);
    const large = write(Buffer.concat([head, zeros]), 'large');
    await withDataFile(large, {}, async ([stored]) => {
      let most = 0;
      let count = 0;
      for await (const { tensor } of piecesOf(stored!)) {
        most = Math.max(most, tensor.size);
        count += tensor.size;
      }
      expect({ most, count }).toEqual({ most: 2 ** 20, count: 2 ** 24 });
    });
  });
});
