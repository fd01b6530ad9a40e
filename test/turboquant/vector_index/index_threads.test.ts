// One index for several threads: searched while it grows, on any number of threads, and aborted.
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { runtime } from '../../../lib';
import { VectorIndex } from '../../../lib/turboquant';
import { expectCode } from '../../reference/expectations';
import { Random } from '../../reference/random';

const threads = runtime.threads;
afterEach(() => {
  runtime.threads = threads;
});

/** `rows` vectors, number i all of i + 1. */
const counted = (first: number, rows: number, dim: number) =>
  Float32Array.from({ length: rows * dim }, (_, i) => first + Math.floor(i / dim) + 1);

describe('an index in several threads', () => {
  it('is searched by all of them while one adds, and no search sees half an addition', async () => {
    const [dim, step] = [16, 64];
    const index = new VectorIndex({ dim, bits: 'float32' });
    index.add(counted(0, step, dim));
    const workers = [false, true, false].map((later) => {
      const workerData = { token: index.share(), dim, step, searches: 150, later };
      return new Worker(path.join(__dirname, 'search_worker.mjs'), { workerData });
    });
    const answers = workers.map(async (worker) => ((await once(worker, 'message')) as [{ wrong: string[] }])[0]);
    let done = false;
    const all = Promise.all(answers).finally(() => {
      done = true;
    });
    for (let size = step; !done && size < 60_000; size += step) await index.addAsync(counted(size, step, dim));
    for (const { wrong } of await all) expect(wrong).toEqual([]);
  });

  it('is the same memory and the same vectors, until the last one lets go', () => {
    const index = new VectorIndex({ dim: 8, metric: 'l2' });
    const token = index.share();
    const other = VectorIndex.open(token, { ids: 'bigint' });
    expect(other.add(counted(0, 3, 8))).toBe(0n);
    expect([index.size, index.remove([1]), other.size]).toEqual([3, 1, 2]);
    index.dispose();
    expectCode(() => index.size, 'ERR_DISPOSED', /./);
    expect(other.search(new Float32Array(8), 1).ids).toEqual(BigInt64Array.of(0n));
    other.dispose();
    expectCode(() => VectorIndex.open(token), 'ERR_DISPOSED', /./);
    expectCode(() => VectorIndex.open({ octavo: 'PackedWeights', id: token.id } as never), 'ERR_DTYPE', /VectorIndex/);
  });
});

it('any number of threads finds the same', async () => {
  const [dim, count] = [40, 20_000];
  const random = new Random(8);
  const base = random.float32(count * dim);
  const index = new VectorIndex({ dim, bits: 2, metric: 'l2', keep: 'int8' });
  runtime.threads = 3;
  await index.addAsync(base);
  runtime.threads = 1;
  const alone = new VectorIndex({ dim, bits: 2, metric: 'l2', keep: 'int8' });
  alone.add(base);
  const queries = random.float32(70 * dim);
  const filter = random.uint8(count / 8);
  for (const options of [{}, { filter }, { rerank: 3 }]) {
    runtime.threads = 1;
    const expected = alone.search(queries, 9, options);
    for (const number of [1, 2, 4]) {
      runtime.threads = number;
      expect(index.search(queries, 9, options)).toEqual(expected);
      expect(await index.searchAsync(queries, 9, options)).toEqual(expected);
    }
  }
});

describe('aborted calls', () => {
  it('reject with the reason and leave the arrays', async () => {
    const index = new VectorIndex({ dim: 8 });
    index.add(counted(0, 5, 8));
    const out = { ids: new Float64Array(1).fill(77), scores: new Float32Array(1).fill(77) };
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(index.searchAsync(counted(0, 1, 8), 1, { signal: gone, out })).rejects.toThrow('gone');
    await expect(index.addAsync(counted(0, 1, 8), undefined, { signal: gone })).rejects.toThrow('gone');
    const controller = new AbortController();
    const vectors = () => {
      controller.abort(new Error('later'));
      return Promise.resolve(counted(0, 1, 8));
    };
    const search = index.searchAsync(counted(0, 1, 8), 1, {
      signal: controller.signal,
      out,
      rerank: { factor: 1, vectors },
    });
    await expect(search).rejects.toThrow('later');
    expect([out.ids[0], out.scores[0], index.size]).toEqual([77, 77, 5]);
  });

  it('of a busy pool never run, and what they were given may change at once', async () => {
    const index = new VectorIndex({ dim: 8 });
    const vectors = counted(0, 5, 8);
    const added = index.addAsync(vectors);
    vectors.fill(Number.NaN);
    expect(await added).toBe(0);
    const query = counted(0, 1, 8);
    const search = index.searchAsync(query, 5);
    query.fill(Number.NaN);
    expect([...(await search).ids]).toEqual([4, 3, 2, 1, 0]);
  });
});
