import { describe, expect, it } from 'vitest';
import { chooseParams, Observer, type Scheme, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';
import { channelAt } from '../reference/quantized_values';
import { Random } from '../reference/random';

const scheme = (granularity: Scheme['granularity'] = 'tensor', type: 'int8' | 'uint8' = 'uint8'): Scheme => ({
  type,
  symmetric: false,
  granularity,
});
const observer = (granularity?: Scheme['granularity']) =>
  new Observer({ method: 'minmax', scheme: scheme(granularity), policy: 'ignore' });

/** Minimum and maximum of each channel's finite values, by a plain loop. */
function rangesOf(x: Float32Array, dims: readonly number[], axis: number | undefined) {
  const count = axis === undefined ? 1 : dims.at(axis)!;
  const min = new Array<number | null>(count).fill(null);
  const max = new Array<number | null>(count).fill(null);
  x.forEach((value, i) => {
    const channel = axis === undefined ? 0 : channelAt(i, dims, axis);
    if (!Number.isFinite(value)) return;
    const known = value + 0; // -0 is 0
    if (min[channel] === null || known < min[channel]!) min[channel] = known;
    if (max[channel] === null || known > max[channel]!) max[channel] = known;
  });
  return { min, max };
}

describe('Observer', () => {
  it.each([
    { dims: [0], axis: undefined },
    { dims: [1], axis: undefined },
    { dims: [17], axis: undefined },
    { dims: [33, 5], axis: undefined },
    { dims: [9], axis: 0 },
    { dims: [3, 5], axis: 0 },
    { dims: [40, 35], axis: 1 },
    { dims: [40, 35], axis: -1 },
    { dims: [2, 3, 37], axis: 1 },
    { dims: [0, 4], axis: 1 },
    { dims: [4, 0], axis: 0 },
  ])('finds the ranges of $dims along $axis, and counts what is not finite', async ({ dims, axis }) => {
    const random = new Random(81);
    const count = dims.reduce((product, dim) => product * dim, 1);
    const x = random
      .float32(count, 100)
      .map((value) => random.pick([value, value, value, Number.NaN, Infinity, -Infinity, -0]));
    const found = observer(axis === undefined ? 'tensor' : { axis }).observe(Tensor.from(x, dims));
    const json = found.toJSON();
    expect(json.statistics).toMatchObject(rangesOf(x, dims, axis));
    expect(found.nanCount).toBe(x.filter(Number.isNaN).length);
    expect(found.infinityCount).toBe(x.filter((value) => Math.abs(value) === Infinity).length);
    const later = await observer(axis === undefined ? 'tensor' : { axis }).observeAsync(Tensor.from(x, dims));
    expect(later.toJSON()).toEqual(json);
  });

  it('takes any bit pattern: the smallest and largest finite float32 are found', () => {
    const x = new Random(82).anyFloat32(5000);
    x.set([3.4028234663852886e38, -3.4028234663852886e38], 77);
    const json = observer().observe(Tensor.from(x)).toJSON().statistics;
    expect(json).toMatchObject({ ...rangesOf(x, [5000], undefined), nanCount: x.filter(Number.isNaN).length });
    expect(
      observer()
        .observe(Tensor.from(Float32Array.of(2 ** -149, -(2 ** -149))))
        .toJSON().statistics,
    ).toMatchObject({
      min: [-(2 ** -149)],
      max: [2 ** -149],
    });
  });

  it('finds the same whatever the order and the batches', async () => {
    const random = new Random(83);
    const rows = 60;
    const x = random
      .float32(rows * 7, 9)
      .map((value) => (random.next() < 0.1 ? random.pick([Number.NaN, Infinity]) : value));
    const whole = observer({ axis: 1 })
      .observe(Tensor.from(x, [rows, 7]))
      .toJSON();
    for (let trial = 0; trial < 20; trial++) {
      const order = Array.from({ length: rows }, (_, i) => i).sort(() => random.next() - 0.5);
      const parts = [observer({ axis: 1 }), observer({ axis: 1 }), observer({ axis: 1 })];
      for (let at = 0; at < rows; ) {
        const size = Math.min(rows - at, random.integer(1, 20));
        const batch = new Float32Array(size * 7);
        for (let i = 0; i < size; i++) batch.set(x.subarray(order[at + i]! * 7, order[at + i]! * 7 + 7), i * 7);
        const part = random.pick(parts);
        if (random.next() < 0.5) part.observe(Tensor.from(batch, [size, 7]));
        else await part.observeAsync(Tensor.from(batch, [size, 7]));
        at += size;
      }
      const [first, second, third] = parts as [Observer, Observer, Observer];
      const merged = trial % 2 === 0 ? first.merge(second).merge(third) : first.merge(second.merge(third));
      expect(merged.toJSON()).toEqual(whole);
      expect(merged.params()).toEqual(Observer.fromJSON(whole).params());
    }
  });

  it('chooses parameters for what it saw; a channel without finite values gets those of 0', () => {
    const x = Tensor.from(Float32Array.of(-1, Number.NaN, 3, Infinity, 0.5, -Infinity), [3, 2]);
    const found = observer({ axis: 1 }).observe(x);
    const expected = chooseParams({ min: Float32Array.of(-1, 0), max: Float32Array.of(3, 0) }, scheme({ axis: 1 }));
    expect(found.params()).toEqual(expected);
    expect([...found.params().scale]).toEqual([Math.fround(4 / 255), 1]);
  });

  it('says that it saw nothing, and takes empty data for nothing but a range of 0', () => {
    expectCode(() => observer().params(), 'ERR_RANGE', /nothing was observed/);
    expect(
      observer()
        .observe(Tensor.from(new Float32Array(0)))
        .params().scale[0],
    ).toBe(1);
    expect(observer().toJSON().statistics).toMatchObject({ min: null, max: null, nanCount: 0, infinityCount: 0 });
  });

  it('survives JSON, and goes on from there', () => {
    const random = new Random(84);
    const [x, y] = [random.float32(60, 5), random.float32(60, 9)];
    const both = observer({ axis: 0 })
      .observe(Tensor.from(x, [6, 10]))
      .observe(Tensor.from(y, [6, 10]));
    const saved = JSON.stringify(observer({ axis: 0 }).observe(Tensor.from(x, [6, 10])));
    const restored = Observer.fromJSON(JSON.parse(saved));
    expect(JSON.stringify(restored)).toBe(saved);
    expect(restored.observe(Tensor.from(y, [6, 10])).toJSON()).toEqual(both.toJSON());
    expect(Observer.fromJSON(JSON.parse(JSON.stringify(observer()))).toJSON()).toEqual(observer().toJSON());
  });
});

describe('Observer refuses', () => {
  const x = Tensor.from(new Float32Array(6), [2, 3]);

  it.each([
    ['no options', undefined, 'ERR_DTYPE', /method, scheme/],
    ['an unknown method', { method: 'median', scheme: scheme() }, 'ERR_RANGE', /minmax/],
    ['no scheme', { method: 'minmax' }, 'ERR_DTYPE', /scheme/],
    ['an unknown type', { method: 'minmax', scheme: { ...scheme(), type: 'int32' } }, 'ERR_RANGE', /int8, uint8/],
  ] as const)('%s', (_, options, code, message) => {
    expectCode(() => new Observer(options as never), code, message);
  });

  it('data that it cannot take, and stays as it was', async () => {
    const found = observer({ axis: 1 }).observe(x);
    const before = found.toJSON();
    const nan = new Float32Array(8).fill(Number.NaN);
    for (const [bad, code] of [
      [Tensor.from(nan, [2, 4]), 'ERR_SHAPE'],
      [Tensor.from(nan), 'ERR_RANGE'],
      [Tensor.from(nan.slice(0, 0), [3, 0]), 'ERR_SHAPE'],
      [Tensor.from(new Int8Array(6), [2, 3]), 'ERR_DTYPE'],
      [{ type: 'float32', dims: [2, 3], data: nan }, 'ERR_SHAPE'],
      [{ type: 'float32', dims: [2, 3], data: nan.slice(0, 6), strides: [3, 1] }, 'ERR_SHAPE'],
      [undefined, 'ERR_DTYPE'],
    ] as const) {
      expectCode(() => found.observe(bad as never), code);
      await expectRejection(found.observeAsync(bad as never), code);
    }
    expect(found.toJSON()).toEqual(before);
    const wide = Tensor.from(new Float32Array(0), [0, 2 ** 45]);
    expectCode(() => observer({ axis: 1 }).observe(wide), 'ERR_SHAPE', /cannot allocate/);
    await expectRejection(observer({ axis: 1 }).observeAsync(wide), 'ERR_SHAPE', /cannot allocate/);
  });

  it('others with another scheme or other channels, and stays as it was', () => {
    const found = observer({ axis: 1 }).observe(x);
    const before = found.toJSON();
    const other = observer({ axis: 1 }).observe(Tensor.from(new Float32Array(8).fill(Number.NaN), [2, 4]));
    expectCode(() => found.merge(other), 'ERR_SHAPE', /channels/);
    expectCode(() => found.merge(observer({ axis: 0 })), 'ERR_SHAPE', /schemes/);
    expectCode(() => found.merge(new Observer({ method: 'minmax', scheme: scheme({ axis: 1 }, 'int8') })), 'ERR_SHAPE');
    expectCode(() => found.merge(found.toJSON() as never), 'ERR_DTYPE', /Observer/);
    expect(found.toJSON()).toEqual(before);
  });

  it('the later of two batches in flight whose channels differ, and that leaves no trace', async () => {
    const found = observer({ axis: 1 });
    const settled = await Promise.allSettled([
      found.observeAsync(Tensor.from(Float32Array.of(Infinity, Number.NaN, 3), [1, 3])),
      found.observeAsync(Tensor.from(Float32Array.of(Infinity, Number.NaN), [1, 2])),
    ]);
    const refused = settled.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(['ERR_SHAPE']);
    expect(found.toJSON().statistics).toMatchObject({
      min: [null, null, 3],
      max: [null, null, 3],
      infinityCount: 1,
      nanCount: 1,
    });
  });

  const json = {
    format: 'octavo.observer',
    version: 1,
    method: 'minmax',
    scheme: scheme(),
    min: [-1],
    max: [2],
    nanCount: 0,
    infinityCount: 3,
  };
  it('nothing of version 1', () => {
    const found = Observer.fromJSON(json as never);
    expect(found.params()).toEqual(chooseParams({ min: -1, max: 2 }, scheme()));
    expect(found).toMatchObject({ method: 'minmax', policy: 'ignore', infinityCount: 3 });
    expect(Observer.fromJSON(found.toJSON()).toJSON()).toEqual(found.toJSON());
  });

  it.each([
    ['null', null, 'ERR_DTYPE'],
    ['a string', '{}', 'ERR_DTYPE'],
    ['another format', { ...json, format: 'else' }, 'ERR_DTYPE'],
    ['a later version', { ...json, version: 3 }, 'ERR_UNSUPPORTED'],
    ['a version that cannot be shown', { ...json, version: Object.create(null) }, 'ERR_UNSUPPORTED'],
    ['a method that version 1 has not', { ...json, method: 'entropy' }, 'ERR_RANGE'],
    ['no scheme', { ...json, scheme: undefined }, 'ERR_DTYPE'],
    ['one bound', { ...json, max: null }, 'ERR_SHAPE'],
    ['bounds of unequal length', { ...json, max: [0, 0] }, 'ERR_SHAPE'],
    ['bounds that are strings', { ...json, min: ['0'] }, 'ERR_DTYPE'],
    ['bounds beyond float32', { ...json, max: [1e300] }, 'ERR_DTYPE'],
    ['bounds that are no array', { ...json, min: 0 }, 'ERR_DTYPE'],
    ['a negative count', { ...json, nanCount: -1 }, 'ERR_RANGE'],
    ['a fractional count', { ...json, infinityCount: 0.5 }, 'ERR_RANGE'],
    ['no count', { ...json, nanCount: undefined }, 'ERR_RANGE'],
  ] as const)('JSON with %s', (_, value, code) => {
    expectCode(() => Observer.fromJSON(value as never), code);
  });
});
