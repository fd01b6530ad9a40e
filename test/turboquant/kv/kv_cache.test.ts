// Caches of keys and values: attention over codes against attention over what they decode to, and the cache's life.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { attention, KvCache, type KvCacheOptions } from '../../../lib/turboquant';
import { SeededVectors } from './seeded_vectors';

const FORM: KvCacheOptions = {
  layers: 1,
  kvHeads: 2,
  headDim: 64,
  keys: { bits: 4 },
  values: { bits: 4 },
  window: 0,
  sinks: 0,
  center: false,
};
const heads = (seed: number, tokens: number, count = 2, dim = 64) =>
  new Tensor('float32', new SeededVectors(seed).normal(tokens * count * dim), [tokens, count, dim]);

function part(x: Tensor<'float32'>, start: number, end: number): Tensor<'float32'> {
  const width = x.dims[1]! * x.dims[2]!;
  return new Tensor('float32', x.data.subarray(start * width, end * width), [end - start, x.dims[1]!, x.dims[2]!]);
}

/** The root of the relative squared error. */
function errorOf(actual: Float32Array, expected: Float32Array): number {
  let [error, power] = [0, 0];
  for (const [i, value] of expected.entries()) {
    error += (actual[i]! - value) ** 2;
    power += value ** 2;
  }
  return Math.sqrt(error / power);
}

describe('KvCache', () => {
  it.each([
    [8, 8, 0.02],
    [6, 6, 0.06],
    [4, 4, 0.2],
    [3, 3, 0.35],
  ])('attends over codes of %i and %i bits nearly as over floats', (keys, values, bound) => {
    const [k, v, q] = [heads(1, 300), heads(2, 300), heads(3, 7, 4)];
    const cache = new KvCache({ ...FORM, keys: { bits: keys }, values: { bits: values } });
    cache.append(0, k, v);
    const error = errorOf(cache.attend(0, q).data, attention(q, k, v).data);
    expect(error).toBeLessThan(bound);
    expect(error).toBeGreaterThan(bound / 8);
  });

  it('gives the same for one token after the other as for all at once', () => {
    const [k, v, q] = [heads(4, 90), heads(5, 90), heads(6, 1, 4)];
    for (const window of [0, 16]) {
      const [whole, steps] = [new KvCache({ ...FORM, window, sinks: 4 }), new KvCache({ ...FORM, window, sinks: 4 })];
      whole.append(0, k, v);
      for (let i = 0; i < 90; i++) steps.append(0, part(k, i, i + 1), part(v, i, i + 1));
      const error = errorOf(steps.attend(0, q).data, whole.attend(0, q).data);
      // What waited in the window was rounded to float16 before it was encoded.
      expect(error).toBeLessThan(window === 0 ? 1e-12 : 0.01);
    }
  });
});
