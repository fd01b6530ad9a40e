// Encoded vectors: their formats, bytes, and what is refused.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { addon } from '../../../lib/addon';
import { Codes, SCALE_KINDS, TurboQuant, type TurboQuantOptions } from '../../../lib/turboquant';
import { normalVectors } from './normal_vectors';

const ALL_BITS = [1, 2, 3, 4, 5, 6, 7, 8];
const codesOf = (options: TurboQuantOptions, count = 5): Codes =>
  new TurboQuant(options).encode(normalVectors(1, count, options.dim));

/** Index i of a stream of codes, as docs/turboquant-format.md says. */
function codeAt(stream: Uint8Array, bits: number, i: number): number {
  let code = 0;
  for (let k = 0, at = i * bits; k < bits; k++, at++) code |= ((stream[at >> 3]! >> (at & 7)) & 1) << k;
  return code;
}

describe.each(ALL_BITS)('codes of %i bits', (bits) => {
  it.each([8, 13, 100, 128])('of %i values: the stream has them in order, and comes back', (dim) => {
    const codes = codesOf({ dim, bits, seed: 3 });
    const codec = new TurboQuant({ dim, bits, seed: 3 });
    const turned = codec.rotate(normalVectors(1, 5, dim)).data;
    const [stream, bytes] = [codes.toStream(), Math.ceil((dim * bits) / 8)];
    expect(stream.length).toBe(5 * bytes);
    for (let row = 0; row < 5; row++) {
      const found = Array.from({ length: dim }, (_, i) => codeAt(stream.subarray(row * bytes), bits, i));
      const values = [...turned.subarray(row * dim, (row + 1) * dim)];
      const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
      // Codes ascend with the values, and the upper half of them is that of positive values.
      for (const [k, i] of order.entries()) {
        if (k > 0) expect(found[i]!).toBeGreaterThanOrEqual(found[order[k - 1]!]!);
        expect(found[i]! >= 2 ** (bits - 1)).toBe(values[i]! > 0);
      }
    }
    const back = Codes.fromStream(codes.format, stream, codes.scales);
    expect(back.planes).toEqual(codes.planes);
  });
});

it('counts bits exactly', () => {
  const bits = (dim: number, width: number, scaleType: 'float16' | 'float32') =>
    new TurboQuant({ dim, bits: width, scaleType }).bitsPerValue;
  expect([4, 3, 2].map((width) => bits(128, width, 'float16'))).toEqual([4.125, 3.125, 2.125]);
  expect(bits(1536, 4, 'float32')).toBe(4 + 32 / 1536);
  expect(bits(9, 1, 'float32')).toBe((16 + 32) / 9); // 9 bits take two bytes
  const codes = codesOf({ dim: 128, bits: 3, scaleType: 'float16' }, 10);
  expect(codes.toBytes().length).toBe(48 + (10 * 128 * codes.bitsPerValue) / 8);
});

it('bytes come back, for every kind and type of scale', () => {
  for (const scale of SCALE_KINDS)
    for (const scaleType of ['float32', 'float16'] as const) {
      const codes = codesOf({ dim: 24, bits: 5, scale, scaleType, seed: 2n ** 64n - 1n });
      const read = Codes.fromBytes(codes.toBytes());
      expect(read.format).toEqual(codes.format);
      expect(read.planes).toEqual(codes.planes);
      expect(read.scales).toEqual(codes.scales);
      expect(read.toBytes()).toEqual(codes.toBytes());
    }
});

it('the header has its fields where the document says', () => {
  const bytes = codesOf({ dim: 300, bits: 7, scale: 'unbiased', scaleType: 'float16', seed: 258n }, 2).toBytes();
  const view = new DataView(bytes.buffer);
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x4f, 0x43, 0x54, 0x54, 0x51, 0x43, 0x0a]);
  expect([view.getUint32(8, true), view.getUint32(12, true), view.getUint32(20, true)]).toEqual([1, 300, 0]);
  expect([...bytes.subarray(16, 20)]).toEqual([7, 2, 1, 0]);
  expect([view.getBigUint64(24, true), view.getBigUint64(32, true)]).toEqual([258n, 2n]);
  expect(bytes.length).toBe(48 + 2 * 2 + 2 * 263);
});

describe('refusals', () => {
  const bytes = codesOf({ dim: 13, bits: 3, seed: 9 }).toBytes();
  /** The bytes with a checksum that fits them, so that what is in them decides. */
  const signed = (change: (view: DataView) => void): Uint8Array => {
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    change(view);
    view.setBigUint64(40, 0n, true);
    view.setBigUint64(40, addon.checksum(copy), true);
    return copy;
  };

  it('every damaged byte is found', () => {
    for (let at = 0; at < bytes.length; at++) {
      const copy = bytes.slice();
      copy[at]! ^= 1 << (at % 8);
      expect(() => Codes.fromBytes(copy)).toThrow(/damaged|not supported/);
    }
    for (const length of [0, 7, 47, 48, bytes.length - 1])
      expect(() => Codes.fromBytes(bytes.subarray(0, length))).toThrow(/damaged/);
    expect(() => Codes.fromBytes(Uint8Array.of(...bytes, 0))).toThrow(/damaged/);
  });

  it.each<[string, (view: DataView) => void]>([
    ['another version', (view) => view.setUint32(8, 2, true)],
    ['a dim beyond the largest', (view) => view.setUint32(12, 16_385, true)],
    ['9 bits', (view) => view.setUint8(16, 9)],
    ['an unknown scale', (view) => view.setUint8(17, 4)],
    ['an unknown type of scale', (view) => view.setUint8(18, 2)],
    ['reserved bytes', (view) => view.setUint8(19, 1)],
    ['more vectors than there are', (view) => view.setBigUint64(32, 2n ** 63n, true)],
    ['a scale that is not finite', (view) => view.setFloat32(48, Number.NaN, true)],
    ['a negative scale', (view) => view.setFloat32(52, -1, true)],
    ['bits beyond a stream', (view) => view.setUint8(bytes.length - 1, view.getUint8(bytes.length - 1) | 0x80)],
  ])('%s, whatever the checksum', (_, change) => {
    expect(() => Codes.fromBytes(signed(() => {}))).not.toThrow();
    expect(() => Codes.fromBytes(signed(change))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/ERR_FILE|ERR_UNSUPPORTED/) }),
    );
  });

  it('options, shapes and values that are not as documented', () => {
    const codec = new TurboQuant({ dim: 16, bits: 2 });
    const x = normalVectors(1, 3, 16);
    expect(() => new TurboQuant({ dim: 7, bits: 2 })).toThrow(/dim must be an integer from 8 to 16384, got 7/);
    expect(() => new TurboQuant({ dim: 16, bits: 9 })).toThrow(/bits/);
    expect(() => new TurboQuant({ dim: 16, bits: 2, seed: -1 })).toThrow(/seed/);
    expect(() => new TurboQuant({ dim: 16, bits: 2, seed: 2n ** 64n })).toThrow(/seed/);
    expect(() => codec.encode(normalVectors(1, 3, 17))).toThrow(/x must have rows of 16 values, got 17/);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      x.data[2 * 16 + 7] = value;
      expect(() => codec.encode(x)).toThrow(/row 2 has a value that is not finite/);
      expect(() => codec.score(codec.encode(normalVectors(1, 3, 16)), x)).toThrow(/query 2/);
    }
    const half = new TurboQuant({ dim: 16, bits: 2, scaleType: 'float16' });
    const large = new Tensor(
      'float32',
      normalVectors(1, 2, 16).data.map((value) => value * 1e6),
      [2, 16],
    );
    expect(() => half.encode(large)).toThrow(/row 0 needs a scale beyond float16/);
    expect(codec.encode(large).scales[0]).toBeGreaterThan(65504);
    const other = new TurboQuant({ dim: 16, bits: 2, seed: 1 });
    expect(() => other.decode(codec.encode(large))).toThrow(/codes must be of seed 1, got 0/);
  });
});
