// Attention over a cache against attention over what its tokens are worth: codes as the codec decodes them, float16 rows as floats.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { KvCache, type KvCacheOptions, TurboQuant } from '../../../lib/turboquant';
import { type Floats, heads, part, referenceAttention, relativeError, toHalves } from './reference_attention';

const KV_HEADS = 2;
const DIM = 64;

interface Form {
  readonly keys: number;
  readonly values: number;
  readonly window?: number;
  readonly sinks?: number;
  readonly seed?: number;
  readonly pageTokens?: number;
}

function cacheOf(form: Form, more: Partial<KvCacheOptions> = {}): KvCache {
  const { keys, values, window = 0, sinks = 0, ...rest } = form;
  const bits = { keys: { bits: keys }, values: { bits: values } };
  return new KvCache({
    layers: 1,
    kvHeads: KV_HEADS,
    headDim: DIM,
    window,
    sinks,
    center: false,
    ...bits,
    ...rest,
    ...more,
  });
}

/** Tokens that went through the codec; those at either end that stay float16 went through that. */
function worth(x: Floats, form: Form, side: 'keys' | 'values'): Floats {
  const { window = 0, sinks = 0, seed = 0 } = form;
  const [tokens] = x.dims as [number];
  const scale = side === 'keys' ? 'matchedNorm' : 'minMse';
  const codec = new TurboQuant({ dim: DIM, bits: form[side], scale, scaleType: 'float16', seed });
  const rows = new Tensor('float32', x.data, [tokens * KV_HEADS, DIM]);
  const decoded = new Tensor('float32', codec.decode(codec.encode(rows)).data, x.dims);
  const { values: rounded } = toHalves(x);
  const data = decoded.data.slice();
  const width = KV_HEADS * DIM;
  data.set(rounded.data.subarray(0, sinks * width));
  const recent = Math.max(0, tokens - window) * width;
  data.set(rounded.data.subarray(recent), recent);
  return new Tensor('float32', data, x.dims);
}

/** Queries of up to 4 bits are rounded to int8, as are the levels. */
const boundOf = ({ keys }: Form): number => (keys > 4 ? 2e-4 : 0.02);

describe('KvCache.attend', () => {
  it.each<Form>([
    { keys: 1, values: 1 },
    { keys: 2, values: 3 },
    { keys: 3, values: 2 },
    { keys: 4, values: 4 },
    { keys: 4, values: 2, window: 20, sinks: 3, seed: 7 },
    { keys: 5, values: 6 },
    { keys: 6, values: 5, window: 64, sinks: 4 },
    { keys: 7, values: 7, pageTokens: 16 },
    { keys: 8, values: 8, window: 1, sinks: 1 },
    { keys: 8, values: 4, window: 500 },
  ])('is attention over the decoded tokens: %o', (form) => {
    const [k, v] = [heads(1, 150, KV_HEADS, DIM), heads(2, 150, KV_HEADS, DIM)];
    const cache = cacheOf(form);
    cache.append(0, k, v);
    expect(cache.length()).toBe(150);
    for (const [tokens, causal] of [
      [1, true],
      [9, true],
      [5, false],
    ] as const) {
      const q = heads(3, tokens, 2 * KV_HEADS, DIM);
      const expected = referenceAttention(q, worth(k, form, 'keys'), worth(v, form, 'values'), { causal });
      expect(relativeError(cache.attend(0, q, { causal }).data, expected)).toBeLessThan(boundOf(form));
    }
  });

  it('does not see what was subtracted from every key', () => {
    const form = { keys: 8, values: 8, window: 10, sinks: 2 };
    const [k, v, q] = [heads(1, 90, KV_HEADS, DIM), heads(2, 90, KV_HEADS, DIM), heads(3, 2, KV_HEADS, DIM)];
    const biased = new Tensor(
      'float32',
      k.data.map((key, i) => key + (i % DIM === 5 ? 100 : 0)),
      k.dims,
    );
    const centred = cacheOf(form, { center: { after: 30 } });
    for (const [start, end] of [
      [0, 20],
      [20, 40],
      [40, 90],
    ] as const)
      centred.append(0, part(biased, start, end), part(v, start, end));
    expect(centred.isFrozen(0)).toBe(true);
    expect(relativeError(centred.attend(0, q).data, referenceAttention(q, k, v, {}))).toBeLessThan(0.03);
    const plain = cacheOf({ ...form, window: 0, sinks: 0 });
    plain.append(0, biased, v);
    expect(relativeError(plain.attend(0, q).data, referenceAttention(q, k, v, {}))).toBeGreaterThan(0.06);
  });

  it('meets balanced channels with balanced queries', () => {
    const [base, v, q] = [heads(1, 200, KV_HEADS, DIM), heads(2, 200, KV_HEADS, DIM), heads(3, 20, KV_HEADS, DIM)];
    const k = new Tensor(
      'float32',
      base.data.map((key, i) => key * (i % DIM < 3 ? 8 : 1)),
      base.dims,
    );
    const errors = [false, true].map((balance) => {
      const cache = cacheOf({ keys: 4, values: 8 }, { balance });
      cache.append(0, k, v);
      cache.attend(0, part(q, 0, 16)); // the first queries freeze the balance
      expect(cache.isFrozen(0)).toBe(true);
      return relativeError(cache.attend(0, q).data, referenceAttention(q, k, v, {}));
    });
    expect(errors[1]!).toBeLessThan(0.8 * errors[0]!);
  });

  it('gives logits whose softmax it takes', () => {
    const [k, v, q] = [heads(1, 40, KV_HEADS, DIM), heads(2, 40, KV_HEADS, DIM), heads(3, 3, KV_HEADS, DIM)];
    const cache = cacheOf({ keys: 8, values: 8, window: 8, sinks: 2 });
    cache.append(0, k, v);
    const logits = cache.logits(0, q);
    expect(logits.dims).toEqual([3, KV_HEADS, 40]);
    for (let t = 0; t < 3; t++)
      for (let h = 0; h < KV_HEADS; h++)
        for (let i = 0; i < 40; i++) {
          const found = logits.data[(t * KV_HEADS + h) * 40 + i]!;
          if (i > 37 + t) {
            expect(found).toBe(Number.NEGATIVE_INFINITY);
            continue;
          }
          let exact = 0;
          for (let j = 0; j < DIM; j++)
            exact += q.data[(t * KV_HEADS + h) * DIM + j]! * k.data[(i * KV_HEADS + h) * DIM + j]!;
          expect(Math.abs(found - exact / Math.sqrt(DIM))).toBeLessThan(0.05);
        }
  });

  it('gives the same for one token after the other as for all at once', () => {
    const [k, v, q] = [heads(4, 90, KV_HEADS, DIM), heads(5, 90, KV_HEADS, DIM), heads(6, 1, 4, DIM)];
    for (const window of [0, 16]) {
      const form = { keys: 4, values: 4, window, sinks: 4 };
      const [whole, steps] = [cacheOf(form), cacheOf(form)];
      whole.append(0, k, v);
      for (let i = 0; i < 90; i++) steps.append(0, part(k, i, i + 1), part(v, i, i + 1));
      const error = relativeError(steps.attend(0, q).data, whole.attend(0, q).data);
      // What waited in the window was rounded to float16 before it was encoded.
      expect(error).toBeLessThan(window === 0 ? 1e-12 : 0.01);
    }
  });
});
