// Sketches as bytes and as plain data: exact, the same everywhere, and nothing else is taken for one.
import { describe, expect, it } from 'vitest';
import { Sketch, type SketchJson, Tensor } from '../../lib';
import { checkError, expectCode } from '../reference/expectations';
import { Random } from '../reference/random';
import { xxh64 } from '../storage/xxh64';
import { sketchValues } from './sketch_values';

const of = (values: Float32Array, dims?: readonly number[]) => Tensor.from(values, dims);
const throughJson = (sketch: Sketch) => Sketch.fromJSON(JSON.parse(JSON.stringify(sketch)) as SketchJson);

/** A sketch of any form. */
function anySketch(random: Random): Sketch {
  const axis = random.pick([undefined, undefined, -1, 0]);
  const bins = 2 ** random.integer(1, 9);
  const channels = random.integer(1, 4);
  const sketch = new Sketch({ bins, axis, block: axis === -1 ? random.pick([undefined, 1]) : undefined });
  for (let batch = random.integer(0, 2); batch > 0; batch--) {
    const values = sketchValues(random, 12 * channels);
    sketch.observe(of(values, axis === 0 ? [channels, 12] : [12, channels]));
  }
  return sketch;
}

/** The file with its checksum made right again. */
function signed(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setBigUint64(24, BigInt(bytes.length), true);
  view.setBigUint64(32, 0n, true);
  view.setBigUint64(32, xxh64(bytes), true);
  return bytes;
}

describe('a sketch', () => {
  it('comes back from its bytes and its JSON as it was, and merges as if it had never been away', () => {
    const random = new Random(61);
    for (let round = 0; round < 300; round++) {
      const sketch = anySketch(random);
      const bytes = sketch.toBytes();
      const [a, b] = [Sketch.fromBytes(bytes), throughJson(sketch)];
      for (const copy of [a, b]) {
        expect(copy.channels).toEqual(sketch.channels);
        expect(copy.toBytes()).toEqual(bytes);
      }
      expect(a.merge(b).toBytes()).toEqual(sketch.clone().merge(sketch).toBytes());
    }
  });

  it('has the bytes that docs/sketch-format.md says', () => {
    const values = Float32Array.of(1, -2.5, 0, Number.NaN, Number.POSITIVE_INFINITY, 1);
    const bytes = Buffer.from(new Sketch({ bins: 8 }).observe(of(values)).toBytes());
    const expected = [
      '894f4354534b540a 01000000 08000000 00000000 00000000',
      'c500000000000000 99c5bddb60d44f7e 01000000 00000000', // size, checksum, channels, block
      '06 01 01 9701 000020c0 0000803f', // counts; R = 2^2, 151 bits; bounds
      `${'00'.repeat(18)}f0${'ff'.repeat(29)}`, // -0.5 is -2^148 units
      `${'00'.repeat(37)}21${'00'.repeat(42)}`, // 8.25 is 33 * 2^296 units
      '01 01 01 02 02 01 02 02',
    ];
    expect(bytes.toString('hex')).toBe(expected.join('').replaceAll(' ', ''));
    expect(signed(Uint8Array.from(bytes))).toEqual(Uint8Array.from(bytes));
  });

  it('is small where its histogram is empty', () => {
    const random = new Random(62);
    const normal = Float32Array.from({ length: 10_000 }, () => random.next() + random.next() + random.next() - 1.5);
    expect(new Sketch().observe(of(normal)).toBytes().length).toBeLessThan(8 * 1024);
    expect(new Sketch().observe(of(new Float32Array(10_000))).toBytes().length).toBeLessThan(220);
  });
});

describe('fromBytes refuses', () => {
  const random = new Random(63);
  const sketch = new Sketch({ bins: 64 }).observe(of(random.float32(500, 3)));
  const good = sketch.toBytes();

  it('every truncated file', () => {
    for (let length = 0; length < good.length; length++) {
      expectCode(() => Sketch.fromBytes(good.slice(0, length)), 'ERR_FILE');
      if (length >= 48) expectCode(() => Sketch.fromBytes(signed(good.slice(0, length))), 'ERR_FILE');
    }
  });

  it('files with anything after their end', () => {
    expectCode(() => Sketch.fromBytes(Uint8Array.of(...good, 0)), 'ERR_FILE');
    expectCode(() => Sketch.fromBytes(signed(Uint8Array.of(...good, 0))), 'ERR_FILE', /after the last/);
  });

  it('every changed bit', () => {
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const bad = good.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expectCode(() => Sketch.fromBytes(bad), ['ERR_FILE', 'ERR_UNSUPPORTED']);
    }
  });

  it('or reads as the same bytes, whatever has a right checksum', () => {
    let taken = 0;
    for (let round = 0; round < 4000; round++) {
      const bad = (random.next() < 0.5 ? good : anySketch(random).toBytes()).slice();
      for (let change = random.integer(1, 3); change > 0; change--)
        bad[random.integer(8, bad.length - 1)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
      try {
        expect(Sketch.fromBytes(signed(bad)).toBytes()).toEqual(bad);
        taken++;
      } catch (error) {
        checkError(error, ['ERR_FILE', 'ERR_UNSUPPORTED', 'ERR_RANGE']);
      }
    }
    expect(taken).toBeGreaterThan(50); // changes of what may be so: an axis, an inner bit of a sum
    expect(taken).toBeLessThan(2000);
  });

  const header = (offset: number, value: number, signedBytes = true) => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return signedBytes ? signed(bytes) : bytes;
  };
  it.each([
    ['a later version', header(8, 2), 'ERR_UNSUPPORTED'],
    ['a later version of another size', header(8, 2, false).slice(0, 20), 'ERR_UNSUPPORTED'],
    ['another magic', header(4, 7), 'ERR_FILE'],
    ['no bins', header(12, 0), 'ERR_FILE'],
    ['bins that are no power of two', header(12, 63), 'ERR_FILE'],
    ['other bins than there are', header(12, 32), 'ERR_FILE'],
    ['more bins than there are', header(12, 128), 'ERR_FILE'],
    ['2^31 bins', header(12, 2 ** 31), 'ERR_FILE'],
    ['2^32 - 1 channels', header(40, 2 ** 32 - 1), 'ERR_FILE'],
    ['no channel', header(40, 0), 'ERR_FILE'],
    ['an axis that is not used', header(20, 1), 'ERR_FILE'],
    ['a block without an axis', header(44, 1), 'ERR_FILE'],
    ['an unknown kind of axis', header(16, 2), 'ERR_FILE'],
    ['text', 'octavo', 'ERR_DTYPE'],
    ['another array', new Int8Array(100), 'ERR_DTYPE'],
  ] as const)('%s', (_, bytes, code) => {
    expectCode(() => Sketch.fromBytes(bytes as Uint8Array), code);
  });

  it('small files that would be large in memory', () => {
    const bytes = new Uint8Array(48 + 4 * 5000);
    bytes.set(good.subarray(0, 48));
    const view = new DataView(bytes.buffer);
    for (const [offset, value] of [
      [12, 65_536],
      [16, 1],
      [40, 5000],
    ] as const)
      view.setUint32(offset, value, true);
    expectCode(() => Sketch.fromBytes(signed(bytes)), 'ERR_RANGE', /at most 2147483648/);
  });
});

describe('fromJSON refuses', () => {
  const json = new Sketch({ bins: 8 }).observe(of(Float32Array.of(1, -2.5, 0, 1))).toJSON();
  const channel = json.channels[0]!;
  const of1 = (change: object) => ({ ...json, channels: [{ ...channel, ...change }] });

  it('nothing that toJSON wrote', () => {
    expect(Sketch.fromJSON(json).toJSON()).toEqual(json);
    expect(channel).toMatchObject({ count: 4, exponent: 2, sum: String(-(2n ** 148n)) });
    expect(channel.counts).toEqual([
      [1, 1],
      [4, 1, 2],
    ]);
  });

  it.each([
    ['null', null, 'ERR_DTYPE'],
    ['an array', [json], 'ERR_DTYPE'],
    ['another format', { ...json, format: 'octavo.observer' }, 'ERR_DTYPE'],
    ['a later version', { ...json, version: 2 }, 'ERR_UNSUPPORTED'],
    ['no bins', { ...json, bins: undefined }, 'ERR_DTYPE'],
    ['other bins', { ...json, bins: 4 }, 'ERR_RANGE'],
    ['bins that are no power of two', { ...json, bins: 9 }, 'ERR_RANGE'],
    ['no axis', { ...json, axis: undefined }, 'ERR_DTYPE'],
    ['no channels', { ...json, channels: [] }, 'ERR_RANGE'],
    ['two channels', { ...json, channels: [channel, channel] }, 'ERR_RANGE'],
    ['channels that are none', { ...json, channels: 3 }, 'ERR_DTYPE'],
    ['a channel that is none', { ...json, channels: [null] }, 'ERR_DTYPE'],
    ['too large a count', of1({ count: 5 }), 'ERR_RANGE'],
    ['a negative count', of1({ nanCount: -1 }), 'ERR_DTYPE'],
    ['a count beyond 64 bits', of1({ count: String(2n ** 64n) }), 'ERR_RANGE'],
    ['digits that are none', of1({ count: '0x4' }), 'ERR_RANGE'],
    ['more NaN than values', of1({ nanCount: 5 }), 'ERR_RANGE'],
    ['another exponent', of1({ exponent: 3 }), 'ERR_RANGE'],
    ['an exponent beyond float32', of1({ exponent: 129 }), 'ERR_RANGE'],
    ['no exponent', of1({ exponent: null }), 'ERR_RANGE'],
    ['one bound', of1({ max: null }), 'ERR_RANGE'],
    ['bounds in the wrong order', of1({ min: 1, max: -2.5 }), 'ERR_RANGE'],
    ['a bound that is no float32', of1({ max: 1.1 }), 'ERR_RANGE'],
    ['another bound', of1({ max: 3 }), 'ERR_RANGE'],
    ['a bound that is text', of1({ max: '1' }), 'ERR_DTYPE'],
    ['a sum that bounds rule out', of1({ sum: String(2n ** 152n) }), 'ERR_RANGE'],
    ['a sum of too many digits', of1({ sum: '9'.repeat(119) }), 'ERR_RANGE'],
    ['a sum that is a number', of1({ sum: 3 }), 'ERR_DTYPE'],
    ['too small a sum of squares', of1({ sumOfSquares: '3' }), 'ERR_RANGE'],
    ['a negative sum of squares', of1({ sumOfSquares: '-3' }), 'ERR_RANGE'],
    ['counts that are none', of1({ counts: null }), 'ERR_DTYPE'],
    ['an empty stretch', of1({ counts: [[1]] }), 'ERR_DTYPE'],
    ['stretches in the wrong order', of1({ counts: [...channel.counts].reverse() }), 'ERR_RANGE'],
    ['a stretch beyond the bins', of1({ counts: [[7, 1, 3]] }), 'ERR_RANGE'],
    ['a stretch before the bins', of1({ counts: [[-1, 4]] }), 'ERR_RANGE'],
    [
      'outermost bins of other bounds',
      of1({
        counts: [
          [0, 1],
          [4, 1, 2],
        ],
      }),
      'ERR_RANGE',
    ],
  ] as const)('%s', (_, value, code) => {
    expectCode(() => Sketch.fromJSON(value as never), code);
  });
});
