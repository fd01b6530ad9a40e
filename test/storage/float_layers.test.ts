// Layers of codes and 16-bit floats in files: what was saved is what is loaded, and is what the description says.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { QuantizedLinear, runtime, Tensor } from '../../lib';
import { encodeCodebook } from '../../lib/weights';
import { expectCode, expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';
import { fileImage } from './file_image';
import { codebookParts, type FloatParts, halfParts } from './float_image';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-floats-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'layer.octavo');
const copy = path.join(folder, 'copy.octavo');

const random = new Random(41);
const codesOf = (type: 'nf4' | 'fp4', [n, k, block]: readonly [number, number, number]) =>
  encodeCodebook({ data: random.float32(n * k), rows: n, columns: k }, { type, block });
const halvesOf = (type: 'float16' | 'bfloat16', n: number, k: number) =>
  ({ type, dims: [n, k], data: Uint16Array.from({ length: n * k }, () => random.integer(0, 0x3fff)) }) as const;
const imageOf = ({ header, sections, layer }: FloatParts) => fileImage(header, sections, layer);

/** Weights and their file's parts: less than a vector, vectors of two panels, values that are no multiple of a step. */
const CASES = (
  [
    [3, 6, 4],
    [150, 20, 64],
    [33, 64, 16],
  ] as const
).flatMap((shape) => {
  const [n, k] = shape;
  return [
    ...(['nf4', 'fp4'] as const).map((type) => {
      const weight = codesOf(type, shape);
      return { type, n, k, weight, parts: () => codebookParts(weight) };
    }),
    ...(['float16', 'bfloat16'] as const).map((type) => {
      const weight = halvesOf(type, n, k + 1);
      return { type, n, k: k + 1, weight, parts: () => halfParts(weight.data, [n, k + 1], type === 'bfloat16') };
    }),
  ];
});

describe.each(CASES)('$type [$n, $k]', ({ type, n, k, weight, parts }) => {
  it('is loaded as it was saved', async () => {
    const bias = random.float32(n);
    const x = new Tensor('float32', random.float32(3 * k), [3, k]);
    const layer = QuantizedLinear.from({ weight, bias }, { output: 'float16', activation: 'silu' });
    layer.save(file);
    const loads = [QuantizedLinear.load(file), QuantizedLinear.load(file, { mmap: true })];
    for (const loaded of [...loads, await QuantizedLinear.loadAsync(file)]) {
      expect(loaded).toEqual(layer);
      expect(loaded.weightFormat).toBe(type);
      expectSameBits(loaded.forward(x).data, layer.forward(x).data as Uint16Array);
    }
    await loads[1]!.saveAsync(copy);
    expect(fs.readFileSync(copy)).toEqual(fs.readFileSync(file));
  });

  it('is what the description of the format says', () => {
    QuantizedLinear.from({ weight }).save(file);
    expect(fs.readFileSync(file)).toEqual(Buffer.from(imageOf(parts())));
  });
});

/** Refused with ERR_FILE, the file's name and the fault, both read and mapped. */
function expectRefused(image: Uint8Array, fault: RegExp): void {
  fs.writeFileSync(file, image);
  for (const mmap of [false, true])
    expectCode(() => QuantizedLinear.load(file, { mmap }), 'ERR_FILE', new RegExp(`^${file}: .*(${fault.source})`));
}

describe.each([CASES[0]!, CASES[3]!])('a damaged file of $type', ({ parts }) => {
  const image = imageOf(parts());
  const places = Array.from(image.keys()).filter((i) => i < 192 || i % 11 === 0);

  it('with a byte changed, cut off, or longer than it was, is refused', () => {
    const before = runtime.weightBytes;
    for (const i of places) {
      const other = image.slice();
      other[i]! ^= 0x41;
      expectRefused(other, /./);
    }
    for (let i = 0; i < image.length; i += 23)
      expectRefused(image.subarray(0, i), i < 8 ? /not a weights file/ : /truncated/);
    expectRefused(Buffer.concat([image, Buffer.alloc(64)]), /bytes after its end/);
    expect(runtime.weightBytes).toBe(before);
  });
});

describe('a forged file with right checksums', () => {
  // 19 columns: a panel of two vectors. Codes: groups of 12 values, a step of 8, one of 4, magnitudes; each step 128 bytes.
  const codes = codesOf('nf4', [19, 24, 12]);
  const halves = halvesOf('float16', 19, 5);
  type Change = (parts: FloatParts, layer: DataView) => void;
  const made = (parts: FloatParts, change: Change) => {
    change(parts, new DataView(parts.layer.buffer));
    return imageOf(parts);
  };
  const image = (change: Change) => made(codebookParts(codes), change);
  const half = (change: Change) => made(halfParts(halves.data, [19, 5], false), change);
  const group = (value: number) => image((_, layer) => layer.setBigUint64(40, BigInt(value), true));
  const byte = (at: number, value: number) => image(({ sections }) => sections[0]!.data.set([value], at));
  const word = (at: number) => half(({ sections }) => sections[0]!.data.set([1], at));
  const float = (section: number, at: number, value: number) =>
    image(({ sections }) => new DataView(sections[section]!.data.buffer).setFloat32(at, value, true));
  const sized = (k: number, n: number) => half(({ header }) => Object.assign(header, { k, n }));

  it('is accepted when nothing else is wrong', () => {
    for (const [right, k] of [
      [image(() => {}), 24],
      [half(() => {}), 5],
    ] as const) {
      fs.writeFileSync(file, right);
      expect(QuantizedLinear.load(file)).toMatchObject({ inFeatures: k, outFeatures: 19 });
    }
  });

  it('with a table of its own is a codebook', () => {
    fs.writeFileSync(file, float(1, 0, -2));
    expect(QuantizedLinear.load(file).weightFormat).toBe('codebook');
  });

  it.each([
    ['version 1', image(({ header }) => Object.assign(header, { version: 1 })), /unknown layout/],
    ['panels of other columns', image(({ header }) => Object.assign(header, { nr: 16 })), /unknown layout/],
    ['panels of other rows', half(({ header }) => Object.assign(header, { kr: 8 })), /unknown layout/],
    ['a group of 0', group(0), /unknown layout/],
    ['a group that does not divide k', group(5), /unknown layout/],
    ['another group', group(6), /\(panels\) has 768 bytes/],
    ['a group of floats', half((_, layer) => layer.setUint8(40, 1)), /unknown layout/],
    ['an element type of codes', image((_, layer) => layer.setUint8(48, 1)), /unknown layout/],
    ['an unknown element type', half((_, layer) => layer.setUint8(48, 2)), /unknown layout/],
    ['a reserved field', half((_, layer) => layer.setUint8(52, 1)), /reserved/],
    ['another k', sized(7, 19), /does not fit/],
    ['another n', sized(5, 40), /does not fit/],
    ['sizes that overflow', sized(2 ** 53 - 1, 2 ** 53 - 1), /does not fit/],
    ['no table', image(({ sections }) => sections.pop()), /lacks section 10 \(table\)/],
    ['half a table', image(({ sections }) => sections.splice(1, 1, { id: 10, data: new Uint8Array(32) })), /32 bytes/],
    ['a table of floats', half(({ sections }) => sections.push({ id: 10, data: new Uint8Array(64) })), /10 .* unknown/],
    ['static activations', half((_, layer) => layer.setUint32(0, 1, true)), /cannot be: static activations/],
    ['8-bit outputs', image((_, layer) => layer.setUint32(12, 1, true)), /cannot be: 8-bit outputs/],
    ['a table that is not finite', float(1, 4, Number.NaN), /table of values that are not finite/],
    ['a magnitude that is not finite', float(0, 256, -Infinity), /magnitudes that are not finite/],
    ['a magnitude beyond n', float(0, 256 + 64 + 4 * 3, 1), /beyond its k and n/],
    ['a code beyond n', byte(64 + 4 * 3, 1), /beyond its k and n/],
    ['a code beyond a group', byte(128 + 2, 1), /beyond its k and n/],
    ['a float beyond k', word(2 * 128 + 32), /beyond its k and n/],
    ['a float beyond n', word(64 + 2 * 3), /beyond its k and n/],
  ])('and %s is refused', (_, forged, fault) => {
    expectRefused(forged, fault);
  });
});
