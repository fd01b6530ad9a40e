import { describe, expect, it } from 'vitest';
import { type Histogram, histogram, histogramAsync, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';

/** One value at a time: bin floor(|x| * bins / (2 * limit)) of its sign's half. */
function expectedOf(x: Float32Array, bins: number, limit: number): Histogram {
  const counts = new BigUint64Array(bins);
  let [beyondLimit, nanCount] = [0n, 0n];
  for (const value of x) {
    const bin = Math.floor((Math.abs(value) / limit) * (bins / 2));
    if (Number.isNaN(value)) nanCount++;
    else if (Math.abs(value) >= limit) beyondLimit++;
    else counts[value < 0 ? bins / 2 - 1 - bin : bins / 2 + bin]!++;
  }
  return { counts, limit, beyondLimit, nanCount };
}

async function check(x: Float32Array, bins: number, limit: number): Promise<void> {
  const { counts: expected, ...rest } = expectedOf(x, bins, limit);
  const found = [histogram(Tensor.from(x), { bins, limit }), await histogramAsync(Tensor.from(x), { bins, limit })];
  for (const { counts, ...others } of found) {
    expect(others).toEqual(rest);
    expect(counts).toBeInstanceOf(BigUint64Array);
    // Compared as bytes: there may be a million of them.
    expect(Buffer.from(counts.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  }
}

describe('histogram', () => {
  it.each([0, 1, 15, 16, 17, 33, 1000])('of %i values is that of a plain loop', async (length) => {
    const random = new Random(length);
    for (const bins of [2, 8, 4096])
      for (const limit of [0.5, 4, 2 ** 20]) await check(random.float32(length, limit * 1.2), bins, limit);
  });

  it('of any bit pattern, with the smallest and largest limits', async () => {
    const random = new Random(91);
    const x = random.anyFloat32(4000);
    for (const limit of [2 ** -100, 1, 2 ** 127]) for (const bins of [2, 2 ** 20]) await check(x, bins, limit);
  });

  it('puts the edges of bins into the outer bin, and both zeros to the positive side', async () => {
    const x = Float32Array.of(0, -0, 0.25, -0.25, 0.2499999, 0.9999999, 1, -1, Infinity, -Infinity, Number.NaN);
    await check(x, 8, 1);
    const { counts, beyondLimit, nanCount } = histogram(Tensor.from(x), { bins: 8, limit: 1 });
    expect([...counts]).toEqual([0n, 0n, 1n, 0n, 3n, 1n, 0n, 1n]);
    expect([beyondLimit, nanCount]).toEqual([4n, 1n]);
    // Every position of a vector register sees every value.
    for (let shift = 0; shift < 17; shift++)
      await check(
        Float32Array.from({ length: 49 }, (_, i) => x[(i + shift) % x.length]!),
        8,
        1,
      );
  });

  it('is the same for any order', () => {
    const x = new Random(92).float32(500, 2);
    const options = { bins: 64, limit: 2 };
    expect(histogram(Tensor.from(x.slice().reverse()), options)).toEqual(histogram(Tensor.from(x), options));
  });
});

describe('histogram refuses', () => {
  const x = Tensor.from(new Float32Array(3));

  it.each([
    ['no options', undefined, 'ERR_DTYPE'],
    ['options that are none', 8, 'ERR_DTYPE'],
    ['one bin', { bins: 1, limit: 1 }, 'ERR_RANGE'],
    ['bins that are no power of two', { bins: 48, limit: 1 }, 'ERR_RANGE'],
    ['too many bins', { bins: 2 ** 21, limit: 1 }, 'ERR_RANGE'],
    ['a negative number of bins', { bins: -8, limit: 1 }, 'ERR_RANGE'],
    ['bins that are NaN', { bins: Number.NaN, limit: 1 }, 'ERR_RANGE'],
    ['bins that are a string', { bins: '8', limit: 1 }, 'ERR_DTYPE'],
    ['a limit that is no power of two', { bins: 8, limit: 3 }, 'ERR_RANGE'],
    ['a limit of 0', { bins: 8, limit: 0 }, 'ERR_RANGE'],
    ['a negative limit', { bins: 8, limit: -1 }, 'ERR_RANGE'],
    ['an infinite limit', { bins: 8, limit: Infinity }, 'ERR_RANGE'],
    ['a limit that is NaN', { bins: 8, limit: Number.NaN }, 'ERR_RANGE'],
    ['a limit too small', { bins: 8, limit: 2 ** -101 }, 'ERR_RANGE'],
    ['a limit beyond float32', { bins: 8, limit: 2 ** 128 }, 'ERR_RANGE'],
    ['no limit', { bins: 8 }, 'ERR_DTYPE'],
  ] as const)('%s', async (_, options, code) => {
    expectCode(() => histogram(x, options as never), code);
    await expectRejection(histogramAsync(x, options as never), code);
  });

  it('tensors that are not float32 or not contiguous', async () => {
    const options = { bins: 8, limit: 1 };
    expectCode(() => histogram(Tensor.from(new Int8Array(3)) as never, options), 'ERR_DTYPE');
    await expectRejection(
      histogramAsync({ type: 'float32', dims: [2], data: x.data, strides: [2] }, options),
      'ERR_SHAPE',
    );
  });
});
