// Layers as compressed-tensors and bitsandbytes have them, of other makers and damaged ones.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../lib/checkpoint';
import { packRows, transpose, unpackRows, wordsFor } from '../../lib/checkpoint/packed_rows';
import { type ElementName, SafetensorsWriter } from '../../lib/safetensors';
import { type BlockWeights, encodeCodebook, toBitsandbytes } from '../../lib/weights';
import { Random } from '../reference/random';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-packed-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'model.safetensors');

type Part = [dtype: ElementName, dims: number[], data: ArrayBufferView];

async function write(parts: Record<string, Part>, config?: object): Promise<void> {
  const plans = Object.entries(parts).map(([name, [dtype, dims]]) => ({ name, dtype, dims }));
  const metadata = new Map(config === undefined ? [] : [['quantization_config', JSON.stringify(config)]]);
  const writer = SafetensorsWriter.create(file, plans, { metadata });
  for (const [name, [, , data]] of Object.entries(parts)) await writer.write(name, data);
  await writer.finish();
}

/** pack_to_int32 of compressed-tensors, word by word: values from lowest on, along rows of `columns`. */
function words(values: readonly number[][], bits: number, lowest: number): Int32Array {
  const perWord = 32 / bits;
  return Int32Array.from(
    values.flatMap((row) =>
      Array.from({ length: Math.ceil(row.length / perWord) }, (_, word) =>
        row
          .slice(word * perWord, (word + 1) * perWord)
          .reduce((packed, value, i) => packed + BigInt(value - lowest) * 2n ** BigInt(bits * i), 0n),
      ),
    ),
    (word) => Number(BigInt.asIntN(32, word)),
  );
}

const random = new Random(9);
const matrix = (rows: number, columns: number, low: number, high: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.integer(low, high)));
const columnsOf = (values: readonly number[][]) => values[0]!.map((_, i) => values.map((row) => row[i]!));

describe('packed rows', () => {
  it.each([
    [4, -8, 1],
    [4, -8, 8],
    [4, 0, 13],
    [8, -128, 3],
    [8, 0, 9],
  ] as const)(
    'of %i bits from %i on, %i columns: words as compressed-tensors has them, and back',
    (bits, lowest, columns) => {
      const values = matrix(5, columns, lowest, lowest + 2 ** bits - 1);
      const flat = lowest < 0 ? Int8Array.from(values.flat()) : Uint8Array.from(values.flat());
      const packed = packRows(flat, columns, bits, lowest);
      expect(new Int32Array(packed.buffer)).toEqual(words(values, bits, lowest));
      expect(packed.length).toBe(20 * wordsFor(columns, bits));
      expect(unpackRows(packed, flat.slice().fill(0), { columns, bits, lowest })).toEqual(flat);
    },
  );

  it('are transposed', () => {
    expect([...transpose(Uint8Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});

/** A layer of 9 rows and 24 columns in groups of 8, as another program would have written it. */
const quantized = matrix(9, 24, -8, 7);
const scales = Array.from({ length: 27 }, () => random.integer(1, 64) / 64);
const points = matrix(9, 3, -8, 7);
const bfloat16 = (values: readonly number[]) =>
  Uint16Array.from(new Uint32Array(Float32Array.from(values).buffer), (bits) => bits >>> 16);
const layer = (): Record<string, Part> => ({
  'a.weight_packed': ['I32', [9, 3], words(quantized, 4, -8)],
  'a.weight_scale': ['BF16', [9, 3], bfloat16(scales)],
  'a.weight_shape': ['I64', [2], BigInt64Array.of(9n, 24n)],
});
/** Zero points are packed along the rows. */
const pointWords = (): Part => {
  const byGroup = columnsOf(points).map((column) => [...words([column], 4, -8)]);
  return ['I32', [2, 3], Int32Array.from(columnsOf(byGroup).flat())];
};

it('reads layers of other makers: scales in 16 bits, zero points along the rows', async () => {
  await write({ ...layer(), b: ['F16', [1, 2], Uint16Array.of(0x3c00, 0xc000)] });
  {
    using checkpoint = openCheckpoint(file);
    expect([...checkpoint.quantized]).toEqual(['a.weight']);
    const { values, ...rest } = (await checkpoint.weight('a.weight')) as BlockWeights;
    expect([...values]).toEqual(quantized.flat());
    expect(rest).toEqual({
      type: 'int4',
      rows: 9,
      columns: 24,
      block: 8,
      scale: Float32Array.from(scales),
      zeroPoint: new Int32Array(27),
    });
    expect(await checkpoint.weight('b')).toMatchObject({ type: 'float32', dims: [1, 2], data: Float32Array.of(1, -2) });
    await expect(checkpoint.weight('c')).rejects.toMatchObject({ code: 'ERR_RANGE' });
    await expect(checkpoint.weight('a.weight_shape')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  }
  await write({ ...layer(), 'a.weight_zero_point': pointWords() });
  using checkpoint = openCheckpoint(file);
  const found = (await checkpoint.weight('a.weight')) as BlockWeights;
  expect([found.type, [...found.values], [...found.zeroPoint]]).toEqual([
    'uint4',
    quantized.flat().map((value) => value + 8),
    points.flat().map((value) => value + 8),
  ]);
});

it('asks the configuration what shapes leave open: bits of few columns, groups with a shorter last one', async () => {
  const config = (weights: object) => ({ config_groups: { group_0: { weights } } });
  const small: Record<string, Part> = {
    w_packed: ['I32', [1, 1], Int32Array.of(0x04030281)],
    w_scale: ['F32', [1, 1], Float32Array.of(1)],
    w_shape: ['I64', [2], BigInt64Array.of(1n, 3n)],
  };
  const read = async (parts: Record<string, Part>, told?: object) => {
    await write(parts, told);
    using checkpoint = openCheckpoint(file);
    const { type, block, values } = (await checkpoint.weight('w')) as BlockWeights;
    return [type, block, [...values]];
  };
  expect(await read(small)).toEqual(['int4', 3, [-7, 0, -6]]);
  expect(await read(small, config({ num_bits: 8 }))).toEqual(['int8', 3, [1, -126, -125]]);
  const uneven = { ...small, w_scale: ['F32', [1, 2], Float32Array.of(1, 2)] as Part };
  expect((await read(uneven, config({ num_bits: 4, group_size: 2 })))[1]).toBe(2);
  await expect(read(uneven)).rejects.toThrow(/"w_scale" has 2 groups a row, which are not 3 values/);
  fs.writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({ quantization_config: config({ group_size: 2 }) }),
  );
  expect((await read(uneven))[1]).toBe(2);
  fs.rmSync(path.join(folder, 'config.json'));
});

const DAMAGE: [string, string, Part | undefined, string, RegExp][] = [
  ['no shape', '_shape', undefined, 'ERR_FILE', /"a\.weight_shape" is missing/],
  ['three sizes', '_shape', ['I64', [3], BigInt64Array.of(9n, 24n, 1n)], 'ERR_FILE', /_shape" must be two sizes/],
  ['a size of 0', '_shape', ['I64', [2], BigInt64Array.of(0n, 24n)], 'ERR_FILE', /_shape" must be two sizes/],
  ['a negative size', '_shape', ['I64', [2], BigInt64Array.of(9n, -24n)], 'ERR_FILE', /_shape" must be two sizes/],
  [
    'floats for a shape',
    '_shape',
    ['F32', [2], Float32Array.of(9, 24)],
    'ERR_FILE',
    /_shape" must be I64 or I32, got F32/,
  ],
  [
    'another shape',
    '_shape',
    ['I64', [2], BigInt64Array.of(9n, 50n)],
    'ERR_FILE',
    /3 words a row, which are not 50 values/,
  ],
  [
    'more rows',
    '_shape',
    ['I64', [2], BigInt64Array.of(10n, 24n)],
    'ERR_FILE',
    /_scale" must be \[10, groups\], got \[9, 3\]/,
  ],
  ['a negative scale', '_scale', ['F32', [9, 3], new Float32Array(27).fill(-1)], 'ERR_FILE', /above 0, got -1 at 0/],
  ['an infinite scale', '_scale', ['F16', [9, 3], new Uint16Array(27).fill(0x7c00)], 'ERR_FILE', /must be finite/],
  ['a scale of one axis', '_scale', ['F32', [27], new Float32Array(27)], 'ERR_FILE', /_scale" must be \[9, groups\]/],
  ['floats for words', '_packed', ['F32', [9, 3], new Float32Array(27)], 'ERR_FILE', /_packed" must be I32, got F32/],
  [
    'too few words',
    '_packed',
    ['I32', [8, 3], new Int32Array(24)],
    'ERR_FILE',
    /_packed" must be \[9, 3\], got \[8, 3\]/,
  ],
  [
    'zero points of one axis',
    '_zero_point',
    ['I32', [6], new Int32Array(6)],
    'ERR_FILE',
    /_zero_point" must be \[2, 3\]/,
  ],
  ['another order of columns', '_g_idx', ['I32', [24], new Int32Array(24)], 'ERR_UNSUPPORTED', /another order/],
];

it.each(DAMAGE)('refuses packed layers with %s', async (_, part, damage, code, message) => {
  const parts = layer();
  if (damage === undefined) delete parts[`a.weight${part}`];
  else parts[`a.weight${part}`] = damage;
  await write(parts);
  using checkpoint = openCheckpoint(file);
  await expect(checkpoint.weight('a.weight')).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

describe('layers of bitsandbytes', () => {
  let parts: Record<string, Part> = {};
  const weights = encodeCodebook(
    { data: Float32Array.from({ length: 96 }, () => random.next() - 0.5), rows: 8, columns: 12 },
    { type: 'nf4' },
  );
  beforeAll(() => {
    const types = { uint8: 'U8', float32: 'F32' } as const;
    parts = Object.fromEntries(
      Array.from(toBitsandbytes('x', weights), ([name, { type, dims, data }]) => [
        name,
        [types[type], [...dims], data],
      ]),
    );
  });

  it('are read, with others of similar names beside them', async () => {
    await write({
      ...parts,
      'x.absmax2': ['F32', [1], Float32Array.of(1)],
      'x.bias': ['F8_E8M0', [1], Uint8Array.of(1)],
    });
    using checkpoint = openCheckpoint(file);
    expect([...checkpoint.quantized]).toEqual(['x']);
    expect(await checkpoint.weight('x')).toEqual(weights);
  });

  it('are refused where a part is missing', async () => {
    const { 'x.nested_absmax': _, ...rest } = parts;
    await write(rest);
    using checkpoint = openCheckpoint(file);
    await expect(checkpoint.weight('x')).rejects.toThrow(/"x\.nested_absmax" is missing/);
  });
});
