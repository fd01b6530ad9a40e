import { describe, expect, it } from 'vitest';
import { type AnyScheme, chooseParams, type QuantizedType, type Scheme } from '../../../lib';
import { AUTO_METHODS, expectedError, type Method, quantizerOf, rangeOf } from '../../../lib/calibrate/methods';
import { expectCode } from '../../reference/expectations';
import { Random } from '../../reference/random';
import { normalValues, sketchOf } from './sketch_of';

const TYPES: readonly QuantizedType[] = ['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4'];
const INT8: Scheme = { type: 'int8', symmetric: true, granularity: 'tensor' };
const UINT8: Scheme = { type: 'uint8', symmetric: false, granularity: 'tensor' };

/** Every scheme there is, per tensor. */
const SCHEMES: readonly AnyScheme[] = TYPES.flatMap((type) =>
  [true, false].flatMap((symmetric) =>
    (['full', 'narrow'] as const).map((range) => ({ type, symmetric, range, granularity: 'tensor' as const })),
  ),
);

const is16 = ({ type }: AnyScheme) => type.endsWith('16');
const methodsFor = (scheme: AnyScheme): readonly Method[] =>
  [...AUTO_METHODS, 'auto' as const].filter((method) => method !== 'entropy' || !is16(scheme));

const scaled = (values: Float32Array, factor: number) => values.map((x) => x * factor);

describe('a range', () => {
  const random = new Random(81);
  const data = [
    normalValues(random, 3000),
    normalValues(random, 3000).map(Math.abs),
    normalValues(random, 2000).map((x) => -Math.abs(x) - 1),
    Float32Array.from({ length: 500 }, (_, i) => (i === 7 ? 900 : i / 100)),
  ];

  it.each(data.map((values, i) => [i, values] as const))('lies within that of the data, set %i', (_, values) => {
    const sketch = sketchOf(values);
    const largest = Math.max(-sketch.min, sketch.max);
    for (const scheme of SCHEMES)
      for (const method of methodsFor(scheme)) {
        const { min, max } = rangeOf(sketch, method, scheme);
        expect(min).toBeLessThanOrEqual(max);
        // The zero point of an asymmetric range with the least error is an integer: half a step of 15 or more is left.
        const slack = scheme.symmetric ? 0 : (Math.max(sketch.max, 0) - Math.min(sketch.min, 0)) / 14 / 2;
        expect(Math.max(-min, max)).toBeLessThanOrEqual(largest + slack);
        expect(max - min).toBeGreaterThan(0);
        chooseParams({ min, max }, scheme);
      }
  });

  it('is scaled exactly by powers of two', () => {
    for (const values of data)
      for (const scheme of [INT8, UINT8])
        for (const method of methodsFor(scheme)) {
          const { min, max, method: chosen } = rangeOf(sketchOf(values), method, scheme);
          for (const factor of [2 ** -40, 0.5, 2 ** 30])
            expect(rangeOf(sketchOf(scaled(values, factor)), method, scheme)).toEqual({
              min: min * factor,
              max: max * factor,
              method: chosen,
            });
        }
  });

  it('is turned round with the data by symmetric schemes', () => {
    for (const values of data)
      for (const method of methodsFor(INT8)) {
        const there = rangeOf(sketchOf(values), method, INT8);
        const back = rangeOf(sketchOf(scaled(values, -1)), method, INT8);
        expect([chooseParams(back, INT8).scale[0], back.method]).toEqual([
          chooseParams(there, INT8).scale[0],
          there.method,
        ]);
      }
  });

  it('keeps what percentile 100 and minmax promise', () => {
    for (const values of data)
      for (const scheme of [INT8, UINT8]) {
        const sketch = sketchOf(values);
        const whole = chooseParams(rangeOf(sketch, 'minmax', scheme), scheme);
        expect(chooseParams(rangeOf(sketch, { percentile: 100 }, scheme), scheme)).toEqual(whole);
      }
  });
});

describe('degenerate data', () => {
  it.each([
    ['nothing', [], 0, 0],
    ['zeros', [0, 0, -0], 0, 0],
    ['a constant', [3.25, 3.25, 3.25], 3.25, 3.25],
    ['a negative constant', [-1e-40, -1e-40], Math.fround(-1e-40), Math.fround(-1e-40)],
    ['one value, the largest there is', [3.4028234663852886e38], 3.4028234663852886e38, 3.4028234663852886e38],
  ] as const)('%s has exactly its range by every method', (_, values, min, max) => {
    const sketch = sketchOf(Float32Array.from(values));
    for (const scheme of SCHEMES)
      for (const method of methodsFor(scheme)) {
        const range = rangeOf(sketch, method, scheme);
        expect([range.min, range.max]).toEqual([min, max]);
        expect(chooseParams(range, scheme).scale[0]).toBeGreaterThan(0);
      }
  });

  it.each([
    ['two values', [0, 5]],
    ['one of each sign', [-3, 5]],
    ['the largest values', [-3.4028234663852886e38, 3.4028234663852886e38, 1e38]],
    ['the smallest values', [1e-45, -3e-45, 0]],
  ])('%s have parameters by every method', (_, values) => {
    const sketch = sketchOf(Float32Array.from(values));
    for (const scheme of SCHEMES)
      for (const method of methodsFor(scheme)) {
        const { scale } = chooseParams(rangeOf(sketch, method, scheme), scheme);
        expect(scale[0]).toBeGreaterThan(0);
        expect(Number.isFinite(scale[0])).toBe(true);
      }
  });
});

describe('methods differ', () => {
  const values = normalValues(new Random(82), 100_000);
  values[500] = 100;
  const sketch = sketchOf(values);
  const boundOf = (method: Method) => rangeOf(sketch, method, INT8).max;

  it('an outlier stretches minmax alone', () => {
    expect(boundOf('minmax')).toBe(100);
    expect(boundOf({ percentile: 99.99 })).toBeLessThan(6);
    // The smallest clip has as many bins, of 1/16 here, as there are levels.
    expect(boundOf('entropy')).toBe(128.5 / 16);
  });

  it('mse and auto take the outlier in where its error weighs more than all others', () => {
    const error = (method: Method) => expectedError(sketch, quantizerOf(rangeOf(sketch, method, INT8), INT8)).mse;
    expect(error('mse')).toBeLessThan(error('minmax'));
    expect(error('mse')).toBeLessThan(error('entropy'));
    expect(error('auto')).toBeLessThanOrEqual(error('mse'));
  });

  it('by a little with the number of bins', () => {
    const plain = normalValues(new Random(83), 100_000);
    for (const method of ['entropy', 'mse', { percentile: 99.9 }] as const) {
      const bounds = [2048, 4096, 8192].map((bins) => rangeOf(sketchOf(plain, bins), method, INT8).max);
      for (const bound of bounds) expect(Math.abs(bound / bounds[2]! - 1)).toBeLessThan(0.05);
    }
  });

  it('auto names what it chose', () => {
    const chosen = rangeOf(sketch, 'auto', INT8);
    expect(AUTO_METHODS).toContainEqual(chosen.method);
    expect(rangeOf(sketch, chosen.method, INT8)).toEqual(chosen);
  });
});

describe('rangeOf refuses', () => {
  const sketch = sketchOf([1, 2, 3], 256);

  it.each([
    ['entropy', INT8, 'ERR_UNSUPPORTED', /int8 has 128 levels .* 512 bins, got 256/],
    ['entropy', { ...INT8, type: 'int16' }, 'ERR_UNSUPPORTED', /int16/],
    ['entropie', INT8, 'ERR_RANGE', /entropy/],
    [{ percentile: 0 }, INT8, 'ERR_RANGE', /above 0/],
    [{ percentile: 101 }, INT8, 'ERR_RANGE', /at most 100/],
    [{ percentile: '99' }, INT8, 'ERR_DTYPE', /number/],
    [null, INT8, 'ERR_RANGE', /minmax/],
  ] as const)('%j', (method, scheme, code, message) => {
    expectCode(() => rangeOf(sketch, method as Method, scheme as Scheme), code, message);
  });

  it('but auto does without entropy where that does not fit', () => {
    expect(rangeOf(sketch, 'auto', INT8).max).toBeGreaterThan(2.9);
  });
});
