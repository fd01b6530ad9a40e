// What must hold of sketches whatever the data: thousands of random cases of each promise, bit for bit.
import { describe, expect, it } from 'vitest';
import { Sketch, type SketchChannel, Tensor } from '../../lib';
import { Random } from '../reference/random';
import { inBatches, shuffled, sketchValues } from './sketch_values';

const CASES = 1000;

const of = (values: Float32Array) => Tensor.from(values);
/** All of a sketch, exact sums included, so that equal texts mean equal bits. */
const bytesOf = (sketch: Sketch) => Buffer.from(sketch.toBytes()).toString('latin1');

/** Calls `check` with random data and the bins to sketch it in. */
function forCases(seed: number, check: (random: Random, values: Float32Array, bins: number) => void): void {
  const random = new Random(seed);
  for (let i = 0; i < CASES; i++)
    check(random, sketchValues(random, random.integer(0, random.pick([4, 30, 200]))), 2 ** random.integer(1, 7));
}

function sketchOf(batches: readonly Float32Array[], bins: number): Sketch {
  const sketch = new Sketch({ bins });
  for (const batch of batches) sketch.observe(of(batch));
  return sketch;
}

describe('a sketch', () => {
  it('is the same for any order and any batching', () => {
    forCases(1, (random, values, bins) => {
      const expected = bytesOf(sketchOf([values], bins));
      expect(bytesOf(sketchOf(inBatches(random, shuffled(random, values)), bins))).toBe(expected);
    });
  });

  it('is the same for any split over sketches, merged in any order and grouping', () => {
    forCases(2, (random, values, bins) => {
      const parts = inBatches(random, shuffled(random, values)).map((batch) => sketchOf([batch], bins));
      while (parts.length > 1) {
        const [a] = parts.splice(random.integer(0, parts.length - 1), 1);
        parts[random.integer(0, parts.length - 1)]!.merge(a!);
      }
      expect(bytesOf(parts[0] ?? new Sketch({ bins }))).toBe(bytesOf(sketchOf([values], bins)));
    });
  });

  it('merges associatively and commutatively, and not with itself as another', () => {
    forCases(3, (random, values, bins) => {
      const [a, b, c] = [0, 1, 2].map((i) => sketchOf([i === 0 ? values : sketchValues(random, 20)], bins)) as [
        Sketch,
        Sketch,
        Sketch,
      ];
      const left = a.clone().merge(b).merge(c);
      expect(bytesOf(a.clone().merge(b.clone().merge(c)))).toBe(bytesOf(left));
      expect(bytesOf(c.clone().merge(b).merge(a))).toBe(bytesOf(left));
      expect(bytesOf(a.clone().merge(a))).toBe(bytesOf(a.clone().merge(a.clone())));
      expect(bytesOf(a.clone().merge(new Sketch({ bins })))).toBe(bytesOf(a));
    });
  });

  it('scales with powers of two, exactly', () => {
    forCases(4, (random, values, bins) => {
      const normal = values.map((x) => (Math.abs(x) < 2 ** -60 || Math.abs(x) > 2 ** 60 ? random.next() - 0.5 : x));
      const power = random.integer(-60, 60);
      const [
        {
          channels: [before],
        },
        {
          channels: [after],
        },
      ] = [sketchOf([normal], bins), sketchOf([normal.map((x) => x * 2 ** power)], bins)];
      expect(after).toEqual(scaled(before!, power));
    });
  });

  it('is mirrored by a change of signs, but for zeros, which have none', () => {
    forCases(5, (_, values, bins) => {
      const [plain, mirrored] = [sketchOf([values], bins), sketchOf([values.map((x) => -x)], bins)];
      const zeros = BigInt(values.filter((x) => x === 0).length);
      expect(mirrored.channels[0]).toEqual(mirror(plain.channels[0]!, zeros));
    });
  });

  it('of a constant or of nothing but zeros is well defined', () => {
    forCases(6, (random, values, bins) => {
      const constant = random.pick([0, -0, values.find(Number.isFinite) ?? 0]);
      const length = random.integer(1, 50);
      const [channel] = sketchOf([new Float32Array(length).fill(constant)], bins).channels;
      expect(channel).toMatchObject({ count: BigInt(length), min: constant + 0, max: constant + 0 });
      expect(channel!.sum).toBeCloseTo(length * constant, 5);
      expect(channel!.counts.filter((count) => count > 0n)).toEqual(BigUint64Array.of(BigInt(length)));
      expect(channel!.exponent === null).toBe(constant === 0);
    });
  });

  it('takes the same memory whatever it has seen', () => {
    const sketch = sketchOf([], 256);
    const size = sketch.channels[0]!.counts.byteLength;
    forCases(7, (_, values) => sketch.observe(of(values)));
    expect(sketch.channels[0]!.counts.byteLength).toBe(size);
    expect(sketch.toBytes().length).toBeLessThan(48 + 30 + 138 + 10 * 256);
  });
});

function scaled(channel: SketchChannel, power: number): SketchChannel {
  const { min, max, sum, sumOfSquares, exponent } = channel;
  return {
    ...channel,
    min: min * 2 ** power,
    max: max * 2 ** power,
    sum: sum * 2 ** power,
    sumOfSquares: sumOfSquares * 2 ** (2 * power),
    exponent: exponent === null ? null : exponent + power,
  };
}

function mirror(channel: SketchChannel, zeros: bigint): SketchChannel {
  const counts = channel.counts.toReversed();
  counts[counts.length / 2 - 1]! -= zeros;
  counts[counts.length / 2]! += zeros;
  const { min, max, sum } = channel;
  return { ...channel, min: 0 - max, max: 0 - min, sum: sum === 0 ? 0 : -sum, counts };
}
