// Tables of embeddings in files: what was saved is what is loaded, is what the description says, or is refused.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Embedding, QuantizedLinear, runtime, Tensor } from '../../lib';
import { absmaxOf, type CodebookWeights, codeTable, quantizeWeight, type StoredWeights } from '../../lib/weights';
import { expectCode } from '../reference/expectations';
import { Random } from '../reference/random';
import { fileImage, SECTION, type Section } from './file_image';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-tables-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'table.octavo');
const copy = path.join(folder, 'copy.octavo');

const random = new Random(51);
const [ROWS, DIM] = [9, 13];
const table = new Tensor('float32', random.float32(ROWS * DIM), [ROWS, DIM]);
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const FORMATS = ['int8', 'int4', 'nf4', 'float16', 'bfloat16'] as const;
const NUMBERS = { int8: 0, int4: 1, nf4: 2, float16: 3, bfloat16: 4 };

/** What stands at the offset of a layer header. */
function headOf(format: keyof typeof NUMBERS, group: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  view.setBigUint64(40, BigInt(group), true);
  view.setUint32(48, NUMBERS[format], true);
  return bytesOf(view);
}

interface Parts {
  readonly header: { k: number; n: number; nr: number; kr: number; version: number; layout: number; kind: number };
  readonly sections: Section[];
  readonly head: Uint8Array;
}

const header = () => ({ k: DIM, n: ROWS, nr: 1, kr: 1, version: 2, layout: 6, kind: 3 });

/** A nibble for each value, rows on bytes of their own, the first value in the low half. */
function nibbleRows(nibbleAt: (row: number, column: number) => number): Uint8Array {
  const stride = Math.ceil(DIM / 2);
  const values = new Uint8Array(ROWS * stride);
  for (let row = 0; row < ROWS; row++)
    for (let i = 0; i < DIM; i++) values[row * stride + (i >> 1)]! |= nibbleAt(row, i) << (4 * (i % 2));
  return values;
}

function codebookParts({ codes, block, type, ...weights }: CodebookWeights): Parts {
  const absmax = absmaxOf({ ...weights });
  const codeAt = (i: number) => (codes[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15;
  // 13 and 64 have 1 in common: each value has its magnitude.
  const scales = Float32Array.from({ length: ROWS * DIM }, (_, i) => absmax[Math.floor(i / block)]!);
  return {
    header: header(),
    head: headOf('nf4', 1),
    sections: [
      { id: SECTION.panels, data: nibbleRows((row, i) => codeAt(row * DIM + i)) },
      { id: SECTION.table, data: bytesOf(Float32Array.from(codeTable(type))) },
      { id: SECTION.rowScales, data: bytesOf(scales) },
    ],
  };
}

function integerParts(format: 'int4' | 'int8', weights: Exclude<StoredWeights, CodebookWeights>): Parts {
  const { values, scale, zeroPoint, block } = weights;
  const data =
    format === 'int4' ? nibbleRows((row, i) => values[row * DIM + i]! + 8) : Uint8Array.from(values, (q) => q & 255);
  return {
    header: header(),
    head: headOf(format, Math.min(block, DIM)),
    sections: [
      { id: SECTION.panels, data },
      { id: SECTION.rowScales, data: bytesOf(Float32Array.from(scale)) },
      { id: SECTION.rowZeroPoints, data: Uint8Array.from(zeroPoint, (zero) => zero & 255) },
    ],
  };
}

const options = (format: (typeof FORMATS)[number]) =>
  format.startsWith('int') ? ({ format, group: 5, symmetric: false } as const) : ({ format } as const);

const imageOf = ({ header: given, sections, head }: Parts) => fileImage(given, sections, head);

describe.each(FORMATS)('a table of %s', (format) => {
  it('is loaded as it was saved', async () => {
    const made = Embedding.from(table, { weights: options(format) as { format: 'int8' } });
    const ids = Int32Array.from({ length: ROWS }, (_, i) => i);
    made.save(file);
    const before = runtime.weightBytes;
    const mapped = Embedding.load(file, { mmap: true });
    expect(runtime.weightBytes).toBe(before);
    for (const loaded of [mapped, Embedding.load(file), await Embedding.loadAsync(file)]) {
      expect(loaded).toEqual(made);
      expect(loaded.byteLength).toBe(made.byteLength);
      expect(loaded.forward(ids)).toEqual(made.forward(ids));
    }
    await mapped.saveAsync(copy);
    expect(fs.readFileSync(copy)).toEqual(fs.readFileSync(file));
  });
});

describe('the description of the format', () => {
  it.each(['int4', 'int8'] as const)('has what is written of %s', (format) => {
    const { weights } = quantizeWeight(table, { format, group: 5, symmetric: false });
    Embedding.from(weights).save(file);
    expect(fs.readFileSync(file)).toEqual(Buffer.from(imageOf(integerParts(format, weights as never))));
  });

  it('has what is written of nf4', () => {
    const { weights } = quantizeWeight(table, { format: 'nf4' });
    Embedding.from(weights).save(file);
    expect(fs.readFileSync(file)).toEqual(Buffer.from(imageOf(codebookParts(weights as CodebookWeights))));
  });

  it('has what is written of float16', () => {
    const data = Uint16Array.from({ length: ROWS * DIM }, () => random.integer(0, 65_535));
    Embedding.from({ type: 'float16', dims: [ROWS, DIM], data }).save(file);
    const sections = [{ id: SECTION.panels, data: bytesOf(data) }];
    const parts = { header: header(), head: headOf('float16', 0), sections };
    expect(fs.readFileSync(file)).toEqual(Buffer.from(imageOf(parts)));
  });
});

/** Refused with ERR_FILE, the file's name and the fault, both read and mapped. */
function expectRefused(image: Uint8Array, fault: RegExp): void {
  fs.writeFileSync(file, image);
  for (const mmap of [false, true])
    expectCode(() => Embedding.load(file, { mmap }), 'ERR_FILE', new RegExp(`^${file}: .*(${fault.source})`));
}

const { weights: stored } = quantizeWeight(table, { format: 'int4', group: 5, symmetric: false });
const codes = quantizeWeight(table, { format: 'nf4' }).weights as CodebookWeights;

it('a damaged file is refused', () => {
  const image = imageOf(integerParts('int4', stored as never));
  const before = runtime.weightBytes;
  for (let i = 0; i < image.length; i += i < 256 ? 1 : 7) {
    const other = image.slice();
    other[i]! ^= 0x41;
    expectRefused(other, /./);
  }
  for (let i = 0; i < image.length; i += 23)
    expectRefused(image.subarray(0, i), i < 8 ? /not a weights file/ : /truncated/);
  expectRefused(Buffer.concat([image, Buffer.alloc(64)]), /bytes after its end/);
  expect(runtime.weightBytes).toBe(before);
});

describe('a forged file with right checksums', () => {
  type Change = (parts: Parts, head: DataView) => void;
  const changed = (parts: Parts, change: Change) => {
    change(parts, new DataView(parts.head.buffer));
    return imageOf(parts);
  };
  const image = (change: Change) => changed(integerParts('int4', stored as never), change);
  const codebook = (change: Change) => changed(codebookParts(codes), change);
  const head = (change: (view: DataView) => void) => image((_, view) => change(view));
  const part = (section: number, at: number, value: number) =>
    image(({ sections }) => sections[section]!.data.set([value], at));
  const sized = (more: object) => image(({ header: given }) => Object.assign(given, more));

  it('is accepted when nothing else is wrong', () => {
    for (const right of [image(() => {}), codebook(() => {})]) {
      fs.writeFileSync(file, right);
      expect(Embedding.load(file)).toMatchObject({ rows: ROWS, dim: DIM });
    }
  });

  it.each([
    ['version 1', sized({ version: 1 }), /unknown layout/],
    ['the layout of layers', sized({ layout: 2 }), /unknown layout/],
    ['the layout of packed weights', sized({ layout: 1 }), /unknown layout/],
    ['panels', sized({ nr: 16 }), /unknown layout/],
    ['an unknown type', head((view) => view.setUint32(48, 5, true)), /unknown layout/],
    ['a group of 0', head((view) => view.setUint8(40, 0)), /unknown layout/],
    ['a group beyond the row', head((view) => view.setUint8(40, 14)), /unknown layout/],
    ['a group of codes that does not divide the row', codebook((_, view) => view.setUint8(40, 2)), /unknown layout/],
    ['another group', head((view) => view.setUint8(40, 8)), /row scales\) has 108 bytes/],
    ['a field of layers', head((view) => view.setUint8(4, 1)), /reserved/],
    ['a reserved field', head((view) => view.setUint8(60, 1)), /reserved/],
    ['another k', sized({ k: 15 }), /does not fit/],
    ['another n', sized({ n: 10 }), /does not fit/],
    ['sizes that overflow', sized({ k: 2 ** 53 - 1, n: 2 ** 53 - 1 }), /does not fit/],
    ['no scales', image(({ sections }) => sections.splice(1, 1)), /lacks section 11 \(row scales\)/],
    ['no table', codebook(({ sections }) => sections.splice(1, 1)), /lacks section 10 \(table\)/],
    ['a bias', image(({ sections }) => sections.splice(1, 0, { id: 5, data: new Uint8Array(36) })), /5 .* unknown/],
    ['short scales', image(({ sections }) => sections.splice(1, 1, { id: 11, data: new Uint8Array(36) })), /36 bytes/],
    ['a value beyond the row', part(0, 6, 0xff), /values beyond its k/],
    ['a zero point of 8', part(2, 0, 8), /zero points/],
    ['a zero point of -9', part(2, 0, 0xf7), /zero points/],
    ['a table that is not finite', codebook(({ sections }) => sections[1]!.data.set([0, 0, 0xc0, 0x7f])), /not finite/],
    ['scales that are not finite', image(({ sections }) => sections[1]!.data.set([0, 0, 0x80, 0xff], 4)), /not finite/],
  ])('and %s is refused', (_, forged, fault) => {
    expectRefused(forged, fault);
  });

  it('that holds something else is refused by that name', () => {
    QuantizedLinear.from({ weight: table }).save(file);
    expectCode(() => Embedding.load(file), 'ERR_FILE', /holds a quantized linear layer, expected the table of an emb/);
    Embedding.from(table).save(file);
    expectCode(() => QuantizedLinear.load(file), 'ERR_FILE', /holds the table of an embedding, expected a quantized/);
  });
});
