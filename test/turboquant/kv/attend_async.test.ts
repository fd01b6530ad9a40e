// Attention over a cache off the event loop: attend's bits, of the cache as it was when the call was made.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { KvCache, type KvCacheOptions } from '../../../lib/turboquant';
import { heads } from './reference_attention';

const FORM: KvCacheOptions = {
  layers: 2,
  kvHeads: 2,
  headDim: 32,
  keys: { bits: 4 },
  values: { bits: 3 },
  window: 8,
  sinks: 2,
  center: { after: 16 },
  pageTokens: 16,
};
const query = heads(9, 3, 4, 32);

function filled(options: Partial<KvCacheOptions> = {}): KvCache {
  const cache = new KvCache({ ...FORM, ...options });
  for (let layer = 0; layer < 2; layer++) cache.append(layer, heads(1, 70, 2, 32), heads(2, 70, 2, 32));
  return cache;
}

describe('attendAsync', () => {
  it.each([true, false])('gives the bits of attend, causal %s', async (causal) => {
    const cache = filled();
    for (const layer of [0, 1]) {
      const expected = cache.attend(layer, query, { causal, scale: 0.3 });
      const found = await cache.attendAsync(layer, query, { causal, scale: 0.3 });
      expect(found.dims).toEqual([3, 4, 32]);
      expect(found.data).toEqual(expected.data);
    }
  });

  it('sees the cache as it was: nothing that happens to the cache or the queries later matters', async () => {
    const cache = filled();
    const expected = cache.attend(0, query).data;
    const q = new Tensor('float32', Float32Array.from(query.data), query.dims);
    // more jobs than threads: the last ones begin when the cache has changed
    const started = Array.from({ length: 40 }, () => cache.attendAsync(0, q));
    q.data.fill(7);
    cache.evict(3, 20);
    for (let at = 0; at < 6; at++) cache.append(0, heads(5 + at, 9, 2, 32), heads(15 + at, 9, 2, 32));
    for (const found of await Promise.all(started)) expect(found.data).toEqual(expected);
    expect(cache.attend(0, query).data).not.toEqual(expected);
  });

  it('writes out when it is done, and not before', async () => {
    const cache = filled();
    const out = new Float32Array(3 * 4 * 32).fill(5);
    const started = cache.attendAsync(1, query, { out });
    expect(out.every((value) => value === 5)).toBe(true);
    const found = await started;
    expect(found.data).toBe(out);
    expect(out).toEqual(cache.attend(1, query).data);
  });

  it('learns a balance of its queries as attend does, when it is called', async () => {
    const [cache, same] = [filled({ balance: true }), filled({ balance: true })];
    const first = cache.attendAsync(0, query);
    expect(cache.isFrozen(0)).toBe(true);
    expect((await first).data).toEqual(same.attend(0, query).data);
    expect(cache.toBytes()).toEqual(same.toBytes());
    expect((await cache.attendAsync(0, query)).data).toEqual(same.attend(0, query).data);
  });

  it('learns nothing of queries that are not finite', async () => {
    const cache = filled({ balance: true });
    const wrong = new Tensor('float32', Float32Array.from(query.data).fill(Number.NaN, 7, 8), query.dims);
    const before = cache.toBytes();
    await expect(cache.attendAsync(0, wrong)).rejects.toMatchObject({ code: 'ERR_RANGE' });
    expect(cache.toBytes()).toEqual(before);
    await expect(filled().attendAsync(0, wrong)).rejects.toMatchObject({ code: 'ERR_RANGE' });
  });

  it('rejects with what attend throws', async () => {
    const cache = filled();
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error) => error.code,
      );
    expect(await code(cache.attendAsync(2, query))).toBe('ERR_RANGE');
    expect(await code(cache.attendAsync(0, heads(1, 2, 3, 32)))).toBe('ERR_SHAPE');
    expect(await code(cache.attendAsync(0, heads(1, 2, 4, 16)))).toBe('ERR_SHAPE');
    expect(await code(cache.attendAsync(0, query, { out: new Float32Array(3) }))).toBe('ERR_SHAPE');
    expect(await code(cache.attendAsync(0, query, { scale: Number.NaN }))).toBe('ERR_RANGE');
    expect(await code(cache.attendAsync(0, query, { signal: 3 as never }))).toBe('ERR_DTYPE');
  });

  it('rejects with the reason of a signal, and leaves out as it is', async () => {
    const cache = filled();
    const reason = new Error('enough');
    await expect(cache.attendAsync(0, query, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const stop = new AbortController();
    const out = new Float32Array(3 * 4 * 32).fill(5);
    const started = cache.attendAsync(0, query, { out, signal: stop.signal });
    stop.abort(reason);
    await expect(started).rejects.toBe(reason);
    expect(out.every((value) => value === 5)).toBe(true);
  });
});
