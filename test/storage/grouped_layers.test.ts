// Layers with weights in groups in files: what was saved is what is loaded, and is what the description says.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type QParams, QuantizedLinear, type QuantizedLinearOptions, runtime, Tensor } from '../../lib';
import { type BlockType, roundToNearest } from '../../lib/weights';
import { expectCode, expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';
import { fileImage, SECTION, type Section, sealed } from './file_image';
import { groupedImage, groupedParts } from './grouped_image';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-grouped-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'layer.octavo');
const copy = path.join(folder, 'copy.octavo');

const random = new Random(21);
const TYPES: BlockType[] = ['int4', 'uint4', 'int8', 'uint8'];
const CASES = TYPES.flatMap((type) =>
  [true, false].flatMap((symmetric) =>
    [[1, 9, 8], [19, 45, 8], [32, 64, 32], ...(type.endsWith('4') ? [[7, 10, 16]] : [])].map(([n, k, block]) => ({
      type,
      symmetric,
      n: n!,
      k: k!,
      block: block!,
    })),
  ),
);
type Case = (typeof CASES)[number];
const weightsOf = ({ n, k, ...scheme }: Case) =>
  roundToNearest({ data: random.float32(n * k), rows: n, columns: k }, { ...scheme, clip: 'range' });
const bytes: QParams = {
  ...{ type: 'int8', scale: Float32Array.of(0.02), zeroPoint: Int32Array.of(5) },
  granularity: 'tensor',
};
const OPTIONS: QuantizedLinearOptions[] = [
  {},
  { output: 'float16', activation: 'gelu' },
  { output: bytes, activation: { clip: [-1, 2] } },
];
const asBytes = (array: Float32Array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe.each(CASES)('$type, symmetric $symmetric, [$n, $k] in groups of $block', (how) => {
  const { n, k, block } = how;
  const weights = weightsOf(how);
  const [bias, inputScale] = [random.float32(n), random.float32(k).map((value) => Math.abs(value) + 0.5)];
  const x = new Tensor('float32', random.float32(3 * k), [3, k]);

  it('is loaded as it was saved', async () => {
    const options = OPTIONS[(n + block) % OPTIONS.length];
    const layer = QuantizedLinear.from({ weight: { weights, inputScale }, bias }, options);
    layer.save(file);
    const loads = [QuantizedLinear.load(file), QuantizedLinear.load(file, { mmap: true })];
    for (const loaded of [...loads, await QuantizedLinear.loadAsync(file)]) {
      expect(loaded).toEqual(layer);
      expectSameBits(loaded.forward(x).data, layer.forward(x).data as Float32Array);
    }
    await loads[1]!.saveAsync(copy);
    expect(fs.readFileSync(copy)).toEqual(fs.readFileSync(file));
  });

  it('is what the description of the format says', () => {
    const scales: Section = { id: SECTION.inputScale, data: asBytes(inputScale) };
    QuantizedLinear.from({ weight: weights }).save(file);
    expect(fs.readFileSync(file)).toEqual(Buffer.from(groupedImage(weights)));
    QuantizedLinear.from({ weight: { weights, inputScale }, bias }).save(file);
    const sections = [{ id: SECTION.bias, data: asBytes(bias) }, scales];
    expect(fs.readFileSync(file)).toEqual(Buffer.from(groupedImage(weights, sections)));
  });
});

it('int8 weights without groups have version 2 with an input scale, version 1 without', () => {
  const weights = roundToNearest(
    { data: random.float32(40), rows: 4, columns: 10 },
    { type: 'int8', block: 10, symmetric: true },
  );
  const layer = QuantizedLinear.from({ weight: { weights, inputScale: new Float32Array(10).fill(2) } });
  layer.save(file);
  expect(fs.readFileSync(file).readUInt32LE(8)).toBe(2);
  expect(QuantizedLinear.load(file)).toEqual(layer);
  QuantizedLinear.from({ weight: weights }).save(file);
  expect(fs.readFileSync(file).readUInt32LE(8)).toBe(1);
});

it('weights are used where they lie in the file', () => {
  const weights = weightsOf({ type: 'uint4', symmetric: false, n: 64, k: 256, block: 32 });
  QuantizedLinear.from({ weight: weights }).save(file);
  const before = runtime.weightBytes;
  const layer = QuantizedLinear.load(file, { mmap: true });
  expect(runtime.weightBytes).toBe(before);
  expect(layer.byteLength).toBe(64 * (128 + 8 * 5));
});

/** Refused with ERR_FILE, the file's name and the fault, both read and mapped. */
function expectRefused(image: Uint8Array, fault: RegExp): void {
  fs.writeFileSync(file, image);
  for (const mmap of [false, true])
    expectCode(() => QuantizedLinear.load(file, { mmap }), 'ERR_FILE', new RegExp(`^${file}: .*(${fault.source})`));
}

describe.each([
  { type: 'uint4', symmetric: false, n: 3, k: 12, block: 8 },
  { type: 'int8', symmetric: false, n: 2, k: 9, block: 8 },
] as const)('a damaged file of $type', (how) => {
  const image = groupedImage(weightsOf(how));

  // Each byte of the head, where a fault could go unseen; sections have checksums, of which a part here and there will do.
  const places = Array.from(image.keys()).filter((i) => i < 256 || i % 11 === 0);

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
  const weights = weightsOf({ type: 'uint4', symmetric: false, n: 19, k: 12, block: 8 });
  const planes = weightsOf({ type: 'uint8', symmetric: false, n: 19, k: 12, block: 8 });
  type Parts = ReturnType<typeof groupedParts>;
  const image = (change: (parts: Parts, layer: DataView) => void, from = weights) => {
    const parts = groupedParts(from);
    change(parts, new DataView(parts.layer.buffer));
    return fileImage(parts.header, parts.sections, parts.layer);
  };
  const group = (value: number | bigint) => image((_, layer) => layer.setBigUint64(40, BigInt(value), true));
  /** A byte of a section, by the section's place. */
  const byte = (section: number, at: number, value: number, from = weights) =>
    image(({ sections }) => {
      sections[section]!.data[at] = value;
    }, from);
  const scaleOf = (column: number, value: number) =>
    image(({ sections }) => new DataView(sections[0]!.data.buffer).setFloat32(64 + 4 * column, value, true));

  it('is accepted when nothing else is wrong', () => {
    for (const right of [image(() => {}), image(() => {}, planes)]) {
      fs.writeFileSync(file, right);
      expect(QuantizedLinear.load(file)).toMatchObject({ inFeatures: 12, outFeatures: 19, weightGroup: 8 });
    }
  });

  // A panel here: scales of two groups, a step of 64 bytes, a step of which half is beyond k; 256 bytes.
  it.each([
    ['version 1', image(({ header }) => Object.assign(header, { version: 1 })), /unknown layout/],
    ['an unknown layout', image(({ header }) => Object.assign(header, { layout: 77 })), /unknown layout/],
    ['layout 1 and a group', image(({ header }) => Object.assign(header, { layout: 1 })), /unknown layout/],
    ['panels of other columns', image(({ header }) => Object.assign(header, { nr: 8 })), /unknown layout/],
    ['panels of other rows', image(({ header }) => Object.assign(header, { kr: 4 })), /unknown layout/],
    ['a group of 0', group(0), /unknown layout/],
    ['a group that is no multiple of 8', group(12), /unknown layout/],
    ['a group beyond k', group(24), /unknown layout/],
    ['a group whose sums overflow', group(2n ** 63n), /unknown layout/],
    ['another group', group(16), /\(panels\) has 512 bytes/],
    ['another k', image(({ header }) => Object.assign(header, { k: 20 })), /does not fit/],
    ['another n', image(({ header }) => Object.assign(header, { n: 40 })), /does not fit/],
    ['sizes that overflow', image(({ header }) => Object.assign(header, { k: 2 ** 53 - 1 })), /does not fit/],
    ['a reserved field', image((_, layer) => layer.setUint32(36, 1, true)), /reserved/],
    ['another one', image((_, layer) => layer.setUint8(63, 1)), /reserved/],
    ['no panels', image(({ sections }) => sections.splice(0, 1)), /lacks section 1 \(panels\)/],
    ['no low panels', image(({ sections }) => sections.splice(2, 2), planes), /lacks section 8 \(low panels\)/],
    [
      'low panels of 4 bits',
      image(({ sections }) => sections.push({ id: 8, data: new Uint8Array(512) })),
      /8 .* unknown/,
    ],
    [
      'column sums',
      image(({ sections }) => sections.splice(1, 0, { id: 2, data: new Uint8Array(76) })),
      /2 .* unknown/,
    ],
    [
      'scales of a tensor',
      image(({ sections }) => sections.splice(1, 0, { id: 3, data: new Uint8Array(4) })),
      /3 .* unknown/,
    ],
    [
      'short zero points',
      image(({ sections }) => sections.splice(1, 1, { id: 7, data: new Uint8Array(63) })),
      /zero points\) has 63/,
    ],
    ['static activations', image((_, layer) => layer.setUint32(0, 1, true)), /cannot be: static activations/],
    ['a weight beyond k', byte(0, 192, 0x10), /beyond its k and n/],
    ['a weight beyond n', byte(0, 384 + 4 * 3, 1), /beyond its k and n/],
    ['a weight beyond n in the low plane', byte(2, 384 + 4 * 3, 1, planes), /beyond its k and n/],
    ['a scale that is no number', scaleOf(0, Number.NaN), /scales that are not finite/],
    ['an infinite scale', scaleOf(15, -Infinity), /scales that are not finite/],
    ['a scale beyond n', scaleOf(64 + 3, 1), /beyond its n/],
    ['a zero point of 16', byte(1, 0, 16), /zero points that are not/],
    ['a zero point beyond n', byte(1, 32 + 3, 1), /zero points that are not/],
    ['a zero point of 16 in the low plane', byte(3, 0, 16, planes), /zero points that are not/],
  ])('and %s is refused', (_, forged, fault) => {
    expectRefused(forged, fault);
  });

  it('and an input scale of 0, or of another length, is refused', () => {
    const withScale = (scale: Float32Array) =>
      image(({ sections }) => sections.splice(1, 0, { id: SECTION.inputScale, data: asBytes(scale) }));
    expectRefused(withScale(new Float32Array(12)), /cannot be: input scale\[0\]/);
    expectRefused(withScale(new Float32Array(11).fill(1)), /input scale\) has 44 bytes/);
  });

  it('as packed weights is refused', () => {
    const parts = groupedParts(weights);
    const forged = sealed(fileImage(parts.header, parts.sections));
    fs.writeFileSync(file, forged);
    expectRefused(forged, /holds packed weights, expected a quantized linear layer/);
  });
});
