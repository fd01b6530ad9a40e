import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PackedWeights, QuantizedLinear, runtime } from '../../lib';
import { expectCode } from '../reference/expectations';
import { fileImage, SECTION, type Section, sealed, weightSections } from './file_image';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-hostile-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'weights.octavo');
const golden = (name: string) => fs.readFileSync(path.join(__dirname, 'golden', name));

const TYPES = { PackedWeights, QuantizedLinear };
type Name = keyof typeof TYPES;
const FILES: [Name, Buffer][] = [
  ['PackedWeights', golden('packed_weights_1.octavo')],
  ['QuantizedLinear', golden('quantized_linear_1.octavo')],
];

/** Refused with ERR_FILE, the file's name and the fault, both read and mapped. */
function expectRefused(name: Name, bytes: Uint8Array, fault: RegExp): void {
  fs.writeFileSync(file, bytes);
  for (const mmap of [false, true]) {
    const message = new RegExp(`^${file}: .*(${fault.source})`);
    expectCode(() => TYPES[name].load(file, { mmap }), 'ERR_FILE', message);
  }
}

/** A changed copy. */
function changed(bytes: Uint8Array, change: (view: DataView, copy: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  change(new DataView(copy.buffer), copy);
  return copy;
}

describe.each(FILES)('a file of %s', (name, bytes) => {
  it('with any byte changed is refused', () => {
    const before = runtime.weightBytes;
    for (const flip of [0x01, 0xff])
      for (let i = 0; i < bytes.length; i++)
        expectRefused(
          name,
          changed(bytes, (_, copy) => {
            copy[i]! ^= flip;
          }),
          /./,
        );
    expect(runtime.weightBytes).toBe(before);
  });

  it('truncated anywhere, or longer than it was, is refused', () => {
    const before = runtime.weightBytes;
    for (let length = 0; length < bytes.length; length++)
      expectRefused(name, bytes.subarray(0, length), length < 8 ? /not a weights file/ : /truncated/);
    for (const more of [1, 8, 64, 4096])
      expectRefused(name, Buffer.concat([bytes, Buffer.alloc(more)]), /bytes after its end/);
    expect(runtime.weightBytes).toBe(before);
  });

  it('of another version, magic or kind is refused by that name', () => {
    for (const version of [0, 3, 256, 2 ** 32 - 1]) {
      const other = sealed(changed(bytes, (view) => view.setUint32(8, version, true)));
      expectRefused(name, other, new RegExp(`has version ${version} of the format, this octavo reads versions 1 to 2`));
    }
    const text = sealed(changed(bytes, (_, copy) => copy.set(Buffer.from('\x89OCTAVO\r\n'))));
    expectRefused(name, text, /not a weights file/);
    for (const kind of [0, 4, 2 ** 32 - 1])
      expectRefused(name, sealed(changed(bytes, (view) => view.setUint32(12, kind, true))), /unknown kind/);
    const other = FILES.find(([found]) => found !== name)!;
    expectRefused(name, other[1], /holds (packed weights, expected a|a quantized linear layer, expected packed)/);
  });
});

const shape = { k: 10, n: 19, nr: 16, kr: 4 };
const sections = () => weightSections((p, j) => (p - j) % 128, shape);
const image = fileImage(shape, sections());
const TABLE = 64;
const [ID, RESERVED, OFFSET, BYTES] = [0, 4, 8, 16];
const MAX = 2n ** 64n - 1n;
/** The file with one field of a section's entry changed, and a right checksum. */
const entry = (section: number, field: number, value: bigint | number) =>
  sealed(
    changed(image, (view) => {
      const at = TABLE + 32 * section + field;
      if (typeof value === 'bigint') view.setBigUint64(at, value, true);
      else view.setUint32(at, value, true);
    }),
  );
const header = (at: number, value: bigint | number) =>
  changed(image, (view) => {
    if (typeof value === 'bigint') view.setBigUint64(at, value, true);
    else view.setUint32(at, value, true);
  });

describe('a forged file with right checksums', () => {
  it('is accepted when nothing else is wrong', () => {
    fs.writeFileSync(file, image);
    expect(PackedWeights.load(file).n).toBe(19);
  });

  it.each([
    ['a section that starts anywhere', entry(0, OFFSET, 129n), /panels\) does not start at a multiple of 64/],
    ['a section on its own header', entry(0, OFFSET, 0n), /panels\) overlaps/],
    ['a section on another', entry(1, OFFSET, 128n), /column sums\) overlaps/],
    ['a section behind a gap', entry(1, OFFSET, 576n), /bytes before .*column sums|beyond the end/],
    ['a section behind the end', entry(1, OFFSET, 2n ** 40n), /column sums\) reaches beyond the end/],
    ['an offset that overflows', entry(1, OFFSET, MAX - 63n), /reaches beyond the end/],
    ['a size that overflows', entry(1, BYTES, MAX), /reaches beyond the end/],
    ['a size that overflows with its offset', entry(0, BYTES, MAX - 127n), /reaches beyond the end/],
    ['a size one too small', entry(0, BYTES, 383n), /does not fit/],
    ['a section of nothing', entry(0, BYTES, 0n), /does not fit/],
    ['an unknown section', entry(1, ID, 99), /section 99 is unknown/],
    ['a section of layers', entry(1, ID, 5), /\(bias\) is unknown/],
    ['a section of weights in groups', entry(1, ID, 7), /\(group zero points\) is unknown/],
    ['a section beyond all numbers', entry(1, ID, 2 ** 32 - 1), /section 4294967295 is unknown/],
    ['section 0', entry(0, ID, 0), /section 0 is out of order/],
    ['a section twice', entry(1, ID, 1), /panels\) is out of order/],
    ['a reserved field', entry(0, RESERVED, 1), /unknown/],
    ['no sections', sealed(header(32, 0)), /belong to no section/],
    ['one section', sealed(header(32, 1)), /no section|damaged/],
    ['more sections than there are', sealed(header(32, 5)), /section/],
    ['too many sections', header(32, 13), /number of sections: 13/],
    ['2^32 - 1 sections', header(32, 2 ** 32 - 1), /number of sections/],
    ['an unknown layout', sealed(header(36, 2)), /unknown layout/],
    ['panels without columns', sealed(header(40, 0)), /unknown layout/],
    ['panels without rows', sealed(header(44, 0)), /unknown layout/],
    ['very wide panels', sealed(header(40, 257)), /unknown layout/],
    ['very tall panels', sealed(header(44, 2 ** 32 - 1)), /unknown layout/],
    ['panels of another size', sealed(header(40, 4)), /does not fit/],
    ['another k', sealed(header(48, 13n)), /does not fit/],
    ['k whose panels overflow', sealed(header(48, 2n ** 53n - 1n)), /does not fit/],
    ['n whose panels overflow', sealed(header(56, 2n ** 53n - 1n)), /does not fit/],
    ['k beyond all numbers', sealed(header(48, MAX)), /impossible sizes/],
    ['n beyond all numbers', sealed(header(56, 2n ** 53n)), /impossible sizes/],
  ] as const)('and %s is refused', (_, bytes, fault) => {
    expectRefused('PackedWeights', bytes, fault);
  });

  it('and wrong column sums is refused, in this layout and another', () => {
    for (const panels of [shape, { ...shape, nr: 8, kr: 16 }]) {
      const wrong = weightSections((p, j) => (p - j) % 128, panels);
      wrong[1]!.data[4 * 18] = 1; // of column 18
      expectRefused('PackedWeights', fileImage(panels, wrong), /wrong column sums/);
    }
  });

  it('and a size that nothing could hold is refused before there is memory for it', () => {
    const size = 2 ** 40;
    fs.writeFileSync(file, sealed(header(16, BigInt(size))));
    fs.truncateSync(file, size);
    expectCode(() => PackedWeights.load(file), 'ERR_FILE', /bytes that belong to no section/);
    fs.rmSync(file);
  });

  const withPanelByte = (at: number) =>
    fileImage(
      shape,
      sections().map(({ id, data }) => {
        if (id === SECTION.panels) data[at] = 1;
        return { id, data };
      }),
    );

  it('and weights beyond k or n is refused', () => {
    // Row 11 of column 0, in the third step of the first panel; column 19 of row 0, in the second panel.
    expectRefused('PackedWeights', withPanelByte(2 * 64 + 3), /beyond its k and n/);
    expectRefused('PackedWeights', withPanelByte(3 * 64 + 3 * 4), /beyond its k and n/);
    expectRefused('PackedWeights', withPanelByte(2 * 64 + 1), /wrong column sums/); // row 9 is within
  });
});

describe('a forged layer', () => {
  const layerImage = (change: (view: DataView) => void, more: Section[] = scales()) => {
    const view = new DataView(new ArrayBuffer(64));
    for (const at of [4, 16]) view.setFloat32(at, 1, true); // scales of input and output
    change(view);
    return fileImage(shape, [...sections(), ...more], new Uint8Array(view.buffer));
  };
  const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const integers = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
  const scales = (): Section[] => [{ id: SECTION.weightScales, data: floats(0.5) }];
  const ok = () => {};
  const all = (value: number) => new Array<number>(19).fill(value);

  it('is accepted when nothing else is wrong', () => {
    for (const bytes of [
      layerImage(ok),
      layerImage(ok, [{ id: 3, data: floats(...all(0.25)) }]),
      layerImage(ok, [...scales(), { id: 4, data: integers(7) }, { id: 5, data: floats(...all(1)) }]),
    ]) {
      fs.writeFileSync(file, bytes);
      expect(QuantizedLinear.load(file)).toMatchObject({ inFeatures: 10, outFeatures: 19, input: null, output: null });
    }
  });

  it.each([
    ['an unknown input', layerImage((view) => view.setUint32(0, 3, true)), /activations of an unknown type/],
    [
      'an input scale of 0',
      layerImage((view) => view.setUint32(0, 1, true) ?? view.setFloat32(4, 0, true)),
      /cannot be: scales/,
    ],
    [
      'an input zero point outside of its type',
      layerImage((view) => view.setUint32(0, 2, true) ?? view.setInt32(8, -1, true)),
      /cannot be/,
    ],
    ['a scale of dynamic activations', layerImage((view) => view.setFloat32(4, 2, true)), /that have their own/],
    ['a zero point of dynamic activations', layerImage((view) => view.setInt32(8, 1, true)), /that have their own/],
    ['a scale of float32 outputs', layerImage((view) => view.setFloat32(16, 2, true)), /outputs without any/],
    [
      'a zero point of float16 outputs',
      layerImage((view) => view.setUint32(12, 3, true) ?? view.setInt32(20, 1, true)),
      /outputs without any/,
    ],
    ['an unknown output', layerImage((view) => view.setUint32(12, 77, true)), /outputs of an unknown type/],
    [
      'an output scale that is no number',
      layerImage((view) => view.setUint32(12, 1, true) ?? view.setFloat32(16, Number.NaN, true)),
      /cannot be: scales/,
    ],
    [
      'an output zero point outside of its type',
      layerImage((view) => view.setUint32(12, 1, true) ?? view.setInt32(20, 1000, true)),
      /cannot be: output zero/,
    ],
    ['an unknown activation', layerImage((view) => view.setUint32(24, 99, true)), /unknown activation/],
    [
      'a clip upside down',
      layerImage((view) => view.setUint32(24, 1, true) ?? view.setFloat32(28, 2, true)),
      /cannot be: clip/,
    ],
    [
      'a clip of NaN',
      layerImage((view) => view.setUint32(24, 1, true) ?? view.setFloat32(32, Number.NaN, true)),
      /cannot be: clip/,
    ],
    [
      'parameters without an activation',
      layerImage((view) => view.setFloat32(28, 2, true)),
      /parameters for an activation/,
    ],
    ['-0 for no parameter', layerImage((view) => view.setFloat32(28, -0, true)), /parameters for an activation/],
    ['a reserved field', layerImage((view) => view.setUint8(63, 1)), /reserved/],
    ['no scales', layerImage(ok, []), /lacks .*weight scales/],
    ['two scales', layerImage(ok, [{ id: 3, data: floats(1, 2) }]), /weight scales\) has 8 bytes/],
    ['a negative scale', layerImage(ok, [{ id: 3, data: floats(-1) }]), /cannot be: weight scale/],
    ['a zero point outside of int8', layerImage(ok, [...scales(), { id: 4, data: integers(128) }]), /cannot be/],
    ['three zero points', layerImage(ok, [...scales(), { id: 4, data: integers(1, 2, 3) }]), /zero points\) has 12/],
    ['one bias', layerImage(ok, [...scales(), { id: 5, data: floats(1) }]), /\(bias\) has 4/],
    ['an infinite bias', layerImage(ok, [...scales(), { id: 5, data: floats(...all(Infinity)) }]), /cannot be: bias/],
  ])('with %s is refused', (_, bytes, fault) => {
    expectRefused('QuantizedLinear', bytes, fault);
  });

  it('whose sums could leave int32 is refused', () => {
    const long = { ...shape, k: 131_072, n: 1 };
    const bytes = fileImage(long, [...weightSections(() => 1, long), ...scales()], layerImage(ok).slice(64, 128));
    expectRefused('QuantizedLinear', bytes, /cannot be: k must be at most/);
  });
});
