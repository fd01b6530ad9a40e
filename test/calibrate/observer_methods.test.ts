// Observers of every method: what they choose, and what they do about bad data.
import { describe, expect, it } from 'vitest';
import { chooseParams, Observer, type ObserverMethod, rangeOf, type Scheme, Sketch, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';

const scheme: Scheme = { type: 'int8', symmetric: true, granularity: 'tensor' };
const perChannel: Scheme = { type: 'uint8', symmetric: false, granularity: { axis: 1 } };
const random = new Random(91);
const x = Tensor.from(random.float32(4000, 3), [1000, 4]);
const SKETCHED: ObserverMethod[] = ['entropy', 'mse', 'auto', { percentile: 99 }];

describe('Observer', () => {
  it.each(SKETCHED)('%j chooses what rangeOf chooses for a sketch of the data', async (method) => {
    const sketch = new Sketch({ axis: 1 }).observe(x);
    const ranges = sketch.channels.map((channel) => rangeOf(channel, method as 'mse', perChannel));
    const expected = chooseParams(
      { min: Float32Array.from(ranges, ({ min }) => min), max: Float32Array.from(ranges, ({ max }) => max) },
      perChannel,
    );
    const found = new Observer({ method, scheme: perChannel }).observe(x);
    expect(found.params()).toEqual(expected);
    expect(found.sketch?.toJSON()).toEqual(sketch.toJSON());
    const later = await new Observer({ method, scheme: perChannel }).observeAsync(x);
    expect(later.toJSON()).toEqual(found.toJSON());
    expect(Observer.fromJSON(JSON.parse(JSON.stringify(found))).params()).toEqual(expected);
  });

  it('quantizes by blocks along the last axis, by every method', () => {
    const blocks: Scheme = { ...scheme, granularity: { axis: -1, block: 2 } };
    const bounds = x.data
      .filter((_, i) => i % 2 === 0)
      .map((value, i) => Math.max(Math.abs(value), Math.abs(x.data[2 * i + 1]!)));
    const found = new Observer({ method: 'minmax', scheme: blocks }).observe(x);
    expect(found.params()).toEqual(chooseParams({ min: bounds.map((bound) => -bound), max: bounds }, blocks));
    expect(new Observer({ method: 'mse', scheme: blocks, bins: 2 }).observe(x).params().scale.length).toBe(2000);
  });

  it('takes percentile for 99.99 and says the number that it takes', () => {
    expect(new Observer({ method: 'percentile', scheme }).method).toEqual({ percentile: 99.99 });
    expect(new Observer({ method: 'movingAverage', scheme }).method).toEqual({ movingAverage: 0.01 });
  });

  it.each(SKETCHED)('%j merges and is refused by others', (method) => {
    const make = (bins = 4096) => new Observer({ method, scheme, bins });
    const [first, second] = [
      make().observe(Tensor.from(x.data.slice(0, 999))),
      make().observe(Tensor.from(x.data.slice(999))),
    ];
    expect(first.merge(second).toJSON()).toEqual(make().observe(x).toJSON());
    expectCode(() => first.merge(make(2048)), 'ERR_SHAPE', /different methods, schemes or bins/);
    expectCode(() => first.merge(new Observer({ method: 'minmax', scheme })), 'ERR_SHAPE');
    expectCode(() => make().params(), 'ERR_RANGE', /nothing was observed/);
  });

  it('averages the bounds of batches in the order of the calls', async () => {
    // The first takes longest: those after it are done before.
    const batches = [4, -2, 6].map((peak, i) => {
      const data = new Float32Array(i === 0 ? 2 ** 22 : 2);
      data[0] = peak;
      return Tensor.from(data);
    });
    const make = () =>
      new Observer({ method: { movingAverage: 0.5 }, scheme: { ...scheme, type: 'uint8', symmetric: false } });
    const found = make();
    for (const batch of batches) found.observe(batch);
    // max: 4, 4 + (0 - 4) / 2 = 2, 2 + (6 - 2) / 2 = 4; min: 0, -1, -0.5.
    expect(found.range()).toEqual({ min: Float32Array.of(-0.5), max: Float32Array.of(4) });
    const later = make();
    await Promise.all(batches.map((batch) => later.observeAsync(batch)));
    expect(later.toJSON()).toEqual(found.toJSON());
    expectCode(() => found.merge(later), 'ERR_UNSUPPORTED', /order/);
  });
});

describe('Observer of bad data', () => {
  const bad = Tensor.from(Float32Array.of(1, 2, 3, Number.NaN, 5, Infinity), [2, 3]);

  it.each([...SKETCHED, 'minmax', 'movingAverage'] as ObserverMethod[])(
    '%j names the first place, and then has seen nothing',
    async (method) => {
      const found = new Observer({ method, scheme });
      expectCode(() => found.observe(bad), 'ERR_RANGE', /x is NaN at \[1, 0\]/);
      await expectRejection(found.observeAsync(bad), 'ERR_RANGE', /x is NaN at \[1, 0\]/);
      expectCode(() => found.params(), 'ERR_RANGE', /nothing was observed/);
      const lax = new Observer({ method, scheme, policy: 'ignore' }).observe(bad);
      expect(lax).toMatchObject({ nanCount: 1, infinityCount: 1 });
      expect(lax.params().scale[0]).toBeLessThanOrEqual(Math.fround(5 / 127));
    },
  );

  it('copies what is observed later', async () => {
    const found = new Observer({ method: 'mse', scheme });
    const data = Float32Array.of(1, 2, 3);
    const call = found.observeAsync(Tensor.from(data));
    data.fill(Number.NaN);
    await call;
    expect(found.sketch?.channels[0]).toMatchObject({ count: 3n, nanCount: 0n, max: 3 });
  });

  it('counts nothing of a call that was aborted, and all of the others', async () => {
    const found = new Observer({ method: 'mse', scheme });
    const controller = new AbortController();
    const calls = [found.observeAsync(x), found.observeAsync(x, controller), found.observeAsync(x)];
    controller.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(found.sketch?.channels[0]?.count).toBe(8000n);
  });

  it.each([
    ['a percentile of 0', { method: { percentile: 0 } }, 'ERR_RANGE'],
    ['a constant above 1', { method: { movingAverage: 2 } }, 'ERR_RANGE'],
    ['a constant that is no number', { method: { movingAverage: '1' } }, 'ERR_DTYPE'],
    ['bins that are no power of two', { method: 'mse', bins: 1000 }, 'ERR_RANGE'],
    ['an unknown policy', { method: 'mse', policy: 'warn' }, 'ERR_RANGE'],
  ] as const)('refuses %s', (_, options, code) => {
    expectCode(() => new Observer({ scheme, ...options } as never), code);
  });
});
