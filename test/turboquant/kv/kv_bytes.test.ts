// Caches as bytes: what comes back is the same cache, and what is not a cache is refused.
import { describe, expect, it } from 'vitest';
import { addon } from '../../../lib/addon';
import { KvCache, type KvCacheOptions } from '../../../lib/turboquant';
import { heads, part } from './reference_attention';

const FORM: KvCacheOptions = {
  layers: 2,
  kvHeads: 2,
  headDim: 16,
  keys: { bits: 3 },
  values: { bits: 5 },
  window: 5,
  sinks: 2,
  center: { after: 12 },
  balance: true,
  seed: 2n ** 63n + 5n,
  pageTokens: 16,
};
const query = heads(9, 1, 4, 16);

function filled(tokens: number, options: Partial<KvCacheOptions> = {}): KvCache {
  const cache = new KvCache({ ...FORM, ...options });
  for (let layer = 0; layer < cache.layers; layer++) {
    cache.append(layer, heads(1, tokens, 2, 16), heads(2, tokens, 2, 16));
    if (tokens > 0) cache.attend(layer, query);
  }
  return cache;
}

/** Bytes with a checksum that fits them: what somebody forges. */
function forged(bytes: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  change(view);
  view.setBigUint64(16, 0n, true);
  view.setBigUint64(16, addon.checksum(copy), true);
  return copy;
}

describe('KvCache.toBytes', () => {
  it.each<[number, Partial<KvCacheOptions>]>([
    [0, {}],
    [3, {}],
    [40, {}],
    [40, { balance: false }],
    [40, { center: false, balance: false }],
    [40, { center: { after: 41 } }],
    [40, { window: 0, sinks: 0 }],
    [40, { window: 100 }],
  ])('of %i tokens and %o comes back as it was', (tokens, options) => {
    const cache = filled(tokens, options);
    if (tokens === 40) cache.evict(1, 20); // pages begin in their middle
    const bytes = cache.toBytes();
    const copy = KvCache.fromBytes(bytes);
    expect(copy.toBytes()).toEqual(bytes);
    for (const each of [cache, copy]) {
      each.append(1, part(heads(3, 30, 2, 16), 0, 30), part(heads(4, 30, 2, 16), 0, 30));
      each.attend(1, query);
    }
    expect(copy.attend(1, query).data).toEqual(cache.attend(1, query).data);
    expect(copy.toBytes()).toEqual(cache.toBytes());
    expect(copy.memory().usedBytes).toBe(cache.memory().usedBytes);
  });

  it('refuses what was changed, cut off or added to', () => {
    const bytes = filled(20).toBytes();
    for (let i = 0; i < bytes.length; i++) {
      const spoiled = bytes.slice();
      spoiled[i]! ^= 1 << (i % 8);
      expect(() => KvCache.fromBytes(spoiled)).toThrow(
        expect.objectContaining({ code: i >= 8 && i < 12 ? 'ERR_UNSUPPORTED' : 'ERR_FILE' }),
      );
    }
    for (let length = 0; length < bytes.length; length += 13)
      expect(() => KvCache.fromBytes(bytes.slice(0, length))).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
    expect(() => KvCache.fromBytes(Uint8Array.of(...bytes, 0))).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
    const longer = forged(Uint8Array.of(...bytes, 0), () => undefined);
    expect(() => KvCache.fromBytes(longer)).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
    expect(() => KvCache.fromBytes([...bytes] as never)).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
  });

  it('refuses numbers that no cache has, however well they are summed up', () => {
    const bytes = filled(20).toBytes();
    const fields: [number, (view: DataView, at: number) => void][] = [];
    for (let at = 12; at < 16; at++) fields.push([at, (view) => view.setUint8(at, 0xff)]);
    for (let at = 32; at < 72; at += 4) fields.push([at, (view) => view.setUint32(at, 0xffffffff, true)]);
    for (let at = 72; at < 72 + 5 * 8; at += 8)
      for (const value of [2n, 2n ** 31n, 2n ** 40n, 2n ** 64n - 1n])
        fields.push([at, (view) => view.setBigUint64(at, value, true)]);
    for (const [at, change] of fields) {
      const value = new DataView(bytes.buffer).getBigUint64(Math.min(at, bytes.length - 8), true);
      const spoiled = forged(bytes, (view) => change(view, at));
      if (new DataView(spoiled.buffer).getBigUint64(Math.min(at, bytes.length - 8), true) === value) continue;
      try {
        KvCache.fromBytes(spoiled);
      } catch (error) {
        expect(error, `at ${at}`).toMatchObject({ code: 'ERR_FILE' });
        continue;
      }
      // Sizes of the window and the sinks, a larger number of tokens to come: as good as any other.
      expect([52, 56, 60, 80].includes(at) || at === 72, `at ${at}`).toBe(true);
    }
  });

  it('does not mind values that no encoder writes', () => {
    const bytes = filled(20).toBytes();
    for (let at = 72; at < bytes.length; at += 3) {
      const spoiled = forged(bytes, (view) => view.setUint8(at, 0xff));
      let cache: KvCache;
      try {
        cache = KvCache.fromBytes(spoiled);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_FILE' });
        continue;
      }
      try {
        cache.attend(0, query);
        cache.append(0, heads(5, 9, 2, 16), heads(6, 9, 2, 16));
      } catch (error) {
        expect(['ERR_RANGE', 'ERR_SHAPE']).toContain((error as { code: string }).code);
      }
    }
  });
});
