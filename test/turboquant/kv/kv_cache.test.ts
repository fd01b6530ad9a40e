// The life of a cache: windows that age, tokens that go, copies, and the bytes that are counted.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { KvCache, type KvCacheOptions } from '../../../lib/turboquant';
import { type Floats, heads, part, relativeError } from './reference_attention';

const FORM: KvCacheOptions = {
  layers: 1,
  kvHeads: 2,
  headDim: 32,
  keys: { bits: 4 },
  values: { bits: 3 },
  window: 8,
  sinks: 2,
  center: false,
  pageTokens: 16,
};
const vectors = (seed: number, tokens: number): Floats => heads(seed, tokens, 2, 32);
const query = heads(9, 2, 4, 32);

function filled(tokens: number, options: Partial<KvCacheOptions> = {}): KvCache {
  const cache = new KvCache({ ...FORM, ...options });
  for (let layer = 0; layer < cache.layers; layer++)
    for (let at = 0; at < tokens; at += 7) {
      const end = Math.min(tokens, at + 7);
      cache.append(layer, part(vectors(1, tokens), at, end), part(vectors(2, tokens), at, end));
    }
  return cache;
}
const seen = (cache: KvCache, layer = 0): Float32Array => cache.attend(layer, query, { causal: false }).data;

/** A cache of the same tokens less those from start on, appended without them; no window, so that all are codes. */
function without(tokens: number, start: number, count: number, options: Partial<KvCacheOptions>): KvCache {
  const cache = new KvCache({ ...FORM, window: 0, ...options });
  const [k, v] = [vectors(1, tokens), vectors(2, tokens)];
  cache.append(0, part(k, 0, start), part(v, 0, start));
  cache.append(0, part(k, start + count, tokens), part(v, start + count, tokens));
  return cache;
}

describe('a cache', () => {
  it('counts bits and bytes exactly', () => {
    for (const [keys, values, keyBits, valueBits, ratio] of [
      [4, 4, 4.125, 4.125, 16 / 4.125],
      [3, 3, 3.125, 3.125, 5.12],
      [2, 2, 2.125, 2.125, 16 / 2.125],
      [4, 2, 4.125, 2.125, 5.12],
    ] as const) {
      const form = { ...FORM, kvHeads: 8, headDim: 128, window: 0, sinks: 0, pageTokens: 256 };
      const cache = new KvCache({ ...form, keys: { bits: keys }, values: { bits: values } });
      const zeros = Tensor.zeros('float32', [512, 8, 128]);
      cache.append(0, zeros, zeros);
      const memory = cache.memory();
      expect([memory.keyBitsPerValue, memory.valueBitsPerValue]).toEqual([keyBits, valueBits]);
      expect(memory.ratio).toBeCloseTo(ratio, 12);
      expect(memory.bitsPerValue).toBe((keyBits + valueBits) / 2);
      expect(memory.usedBytes).toBe((512 * 8 * 128 * (keyBits + valueBits)) / 8);
      expect(memory.allocatedBytes).toBe(memory.usedBytes); // whole pages
      expect(cache.byteLength).toBe(memory.usedBytes);
      expect(memory.float16Bytes).toBe(0);
    }
  });

  it('keeps sinks and as many recent tokens as the window has in float16, and all others as codes', () => {
    for (let tokens = 0; tokens < 60; tokens++) {
      const { float16Bytes, codeBytes, allocatedBytes, usedBytes } = filled(tokens).memory();
      const float16 = Math.min(tokens, 2 + 8);
      expect(float16Bytes).toBe(float16 * 2 * 32 * 4);
      expect(codeBytes).toBe((tokens - float16) * 2 * ((32 * 7) / 8 + 4));
      expect(allocatedBytes).toBeGreaterThanOrEqual(usedBytes);
    }
  });

  it('lets tokens wait for the mean, and not one longer', () => {
    const cache = filled(49, { center: { after: 50 } });
    expect([cache.isFrozen(0), cache.memory().codeBytes]).toEqual([false, 0]);
    cache.append(0, vectors(3, 1), vectors(4, 1));
    expect(cache.isFrozen(0)).toBe(true);
    expect(cache.memory().float16Bytes).toBe(10 * 2 * 32 * 4);
    expect(cache.memory().calibrationBytes).toBe(2 * 32 * 4);
  });

  it.each([
    [0, 5],
    [0, 16],
    [0, 40],
    [3, 1],
    [10, 30],
    [44, 16],
    [59, 1],
    [0, 60],
  ])('evicts %i.. for %i tokens', (start, count) => {
    const cache = filled(60, { window: 0, sinks: 0 });
    cache.evict(start, count);
    expect(cache.length()).toBe(60 - count);
    if (count === 60) return expect(() => seen(cache)).toThrow(/at least one key/);
    expect(seen(cache)).toEqual(seen(without(60, start, count, { sinks: 0 })));
    cache.append(0, vectors(5, 20), vectors(6, 20));
    const same = without(60, start, count, { sinks: 0 });
    same.append(0, vectors(5, 20), vectors(6, 20));
    return expect(seen(cache)).toEqual(seen(same));
  });

  it('evicts the oldest tokens, but no sinks, and gives their pages back', () => {
    const cache = filled(100);
    const before = cache.memory().allocatedBytes;
    const kept = cache.logits(0, query, { causal: false }).data;
    for (let i = 0; i < 50; i++) cache.evictOldest(1);
    const logits = cache.logits(0, query, { causal: false }).data;
    expect(cache.length()).toBe(50);
    expect(cache.memory().allocatedBytes).toBeLessThan(before);
    const row = (all: Float32Array, rows: number, at: number) => [...all.subarray(at * rows, (at + 1) * rows)];
    for (let at = 0; at < 8; at++) {
      const whole = row(kept, 100, at);
      expect(row(logits, 50, at)).toEqual([...whole.slice(0, 2), ...whole.slice(52)]);
    }
    expect(() => cache.evictOldest(49)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });

  it('evicts from the window', () => {
    const cache = filled(30);
    const kept = cache.logits(0, query, { causal: false }).data;
    cache.evict(25, 3);
    const logits = cache.logits(0, query, { causal: false }).data;
    expect([...logits.subarray(0, 27)]).toEqual([...kept.subarray(0, 25), ...kept.subarray(28, 30)]);
    cache.append(0, vectors(5, 6), vectors(6, 6));
    // Positions 22 .. 24, 28, 29 and the 6 new ones: those before 36 - 8 have left the window.
    expect(cache.memory().float16Bytes).toBe((2 + 8) * 2 * 32 * 4);
  });

  it.each([0, 1, 2, 9, 20, 47, 55, 60])('truncates to %i tokens and goes on', (length) => {
    const cache = filled(60);
    const kept = cache.logits(0, query, { causal: false }).data;
    cache.truncate(length);
    expect(cache.length()).toBe(length);
    if (length > 0) {
      const logits = cache.logits(0, query, { causal: false }).data;
      expect([...logits.subarray(0, length)]).toEqual([...kept.subarray(0, length)]);
    }
    const [k, v] = [vectors(1, 60), vectors(2, 60)];
    cache.append(0, part(k, length, 60), part(v, length, 60));
    expect(cache.length()).toBe(60);
    // What aged before is coarser than what stayed in the window; the rest is as it was.
    expect(relativeError(seen(cache), seen(filled(60)))).toBeLessThan(length > 2 && length < 60 ? 0.2 : 0.02);
    expect(cache.memory().float16Bytes).toBe((2 + 8) * 2 * 32 * 4);
  });

  it('has clones that go their own ways', () => {
    for (const center of [false, { after: 20 }, { after: 1000 }] as const) {
      const cache = filled(45, { center });
      const before = seen(cache);
      const copy = cache.clone();
      expect(seen(copy)).toEqual(before);
      copy.append(0, vectors(5, 30), vectors(6, 30));
      copy.evict(0, 20);
      expect(seen(cache)).toEqual(before);
      cache.append(0, vectors(5, 30), vectors(6, 30));
      cache.evict(0, 20);
      expect(seen(copy)).toEqual(seen(cache));
    }
  });

  it.each([false, { after: 40 }, { after: 50 }, { after: 1000 }] as const)(
    'keeps its tokens when it refuses others, centred %o',
    (center) => {
      const cache = filled(45, { center });
      const before = cache.toBytes();
      const bad = vectors(5, 12);
      bad.data[11 * 64 + 3] = Number.NaN;
      const fine = vectors(6, 12);
      const large = new Tensor(
        'float32',
        fine.data.map((x) => 1e6 * x),
        fine.dims,
      );
      for (const [k, v] of [
        [bad, fine],
        [fine, bad],
        [large, fine],
        [fine, large],
      ] as const)
        expect(() => cache.append(0, k, v)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
      expect(cache.toBytes()).toEqual(before);
      const nobody = new Tensor(
        'float32',
        query.data.map((x, i) => (i === 5 ? Number.NaN : x)),
        query.dims,
      );
      expect(() => cache.attend(0, nobody)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
      cache.append(0, fine, fine);
      expect(cache.length()).toBe(57);
    },
  );

  it('has layers of their own', () => {
    const cache = filled(20, { layers: 3 });
    cache.append(1, vectors(5, 4), vectors(6, 4));
    expect([0, 1, 2].map((layer) => cache.length(layer))).toEqual([20, 24, 20]);
    expect(seen(cache, 2)).toEqual(seen(cache, 0));
    expect(seen(cache, 1)).not.toEqual(seen(cache, 0));
    expect(() => cache.evict(20, 1)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});
