import { expect, it } from 'vitest';
import { type Bound, boundKey, boundOf, boundPlayer, unitsOf } from '../../bench/bounds';
import type { Work } from '../../bench/contestant';
import { bandwidthLevels, type Peaks } from '../../bench/peaks';

const rate = (best: number) => ({ best, median: best });
// 1000 operations a second; 100 bytes a second from a cache of 2000 bytes, 10 from the next, 1 beyond.
const peaks: Peaks = {
  int8: rate(1000),
  float32: rate(250),
  bandwidth: [
    { level: 'L1', bytes: 1000, read: rate(100), copy: rate(50) },
    { level: 'L2', bytes: 10_000, read: rate(10), copy: rate(5) },
    { level: 'memory', bytes: 80_000, read: rate(1), copy: rate(0.5) },
  ],
};

const work = (operations: number, bytes: number, extra?: Partial<Work>): Work => ({
  operations,
  arithmetic: 'int8',
  bytes,
  traffic: 'read',
  ...extra,
});

it('is whatever takes longer: the operations, or the bytes from where they fit', () => {
  expect(boundOf(work(20_000, 1999), peaks, 1)).toEqual({ kind: 'int8', bytes: 0, level: null, memory: null }); // 20 s against 19.99 s
  expect(boundOf(work(20_000, 2001), peaks, 1)).toEqual({ kind: 'read', bytes: 2048, level: 'L2', memory: 'weights' }); // 200 s from L2
  expect(boundOf(work(30_000_000, 25_000), peaks, 1)).toEqual({ kind: 'int8', bytes: 0, level: null, memory: null }); // 25,000 s from memory
  expect(boundOf(work(20_000_000, 25_000), peaks, 1)).toEqual({
    kind: 'read',
    bytes: 25_600,
    level: 'memory',
    memory: 'weights',
  });
});

it('knows the arithmetic of floats, and that copies are slower', () => {
  expect(boundOf(work(6000, 2000, { arithmetic: 'float32' }), peaks, 1)).toEqual({
    kind: 'float32',
    bytes: 0,
    level: null,
    memory: null,
  });
  expect(boundOf(work(30_000, 2000), peaks, 1)).toEqual({ kind: 'int8', bytes: 0, level: null, memory: null });
  expect(boundOf(work(30_000, 2000, { traffic: 'copy' }), peaks, 1)).toEqual({
    kind: 'copy',
    bytes: 2048,
    level: 'L1',
    memory: 'weights',
  });
  expect(boundOf(work(0, 8, { traffic: 'copy' }), peaks, 1)).toEqual({
    kind: 'copy',
    bytes: 8,
    level: 'L1',
    memory: 'weights',
  });
});

it('is measured in memory of the kind that the bytes lie in', () => {
  const bound = boundOf(work(0, 8, { memory: 'arrays' }), peaks, 1);
  expect(bound).toEqual({ kind: 'read', bytes: 8, level: 'L1', memory: 'arrays' });
  expect(bound && boundKey(bound)).not.toBe(boundKey({ kind: 'read', bytes: 8, level: 'L1', memory: 'weights' }));
});

it('is the same for work that differs by a few bytes, so that it is measured once', () => {
  const keys = [1_048_576, 1_049_600, 1_052_672].map((bytes) => boundKey(boundOf(work(0, bytes), peaks, 1) as Bound));
  expect(new Set(keys.slice(1)).size).toBe(1);
  expect(keys[0]).toBe('read 1048576 weights');
});

it('looks for the level of all bytes that calls go through, but counts those of one call', () => {
  const cold = work(20_000, 1999, { resident: 25_000 });
  const bound = { kind: 'read', bytes: 25_600, level: 'memory', memory: 'weights' } as const;
  expect(boundOf(cold, peaks, 1)).toEqual(bound); // 1999 s from memory against 20 s
  expect(unitsOf(cold, bound)).toBe(1999);
});

it('leaves the bytes of several threads without a bound', () => {
  expect(boundOf(work(20_000, 2001), peaks, 2)).toBeUndefined();
  expect(boundOf(work(20_000, 1999), peaks, 2)).toEqual({ kind: 'int8', bytes: 0, level: null, memory: null });
});

it('counts operations for arithmetic and bytes for memory', () => {
  expect(unitsOf(work(7, 9), { kind: 'int8', bytes: 0, level: null, memory: null })).toBe(7);
  expect(unitsOf(work(7, 9), { kind: 'copy', bytes: 9, level: 'L1', memory: 'arrays' })).toBe(9);
});

it('is measured by a player that answers in seconds per unit', async () => {
  for (const kind of ['int8', 'float32'] as const) {
    const perSecond = 1 / (await boundPlayer({ kind, bytes: 0, level: null, memory: null }, 0.001).sample());
    expect(perSecond).toBeGreaterThan(1e8);
    expect(perSecond).toBeLessThan(1e13);
  }
  for (const [kind, memory] of [
    ['read', 'weights'],
    ['copy', 'weights'],
    ['read', 'arrays'],
    ['copy', 'arrays'],
  ] as const) {
    const perSecond = 1 / (await boundPlayer({ kind, bytes: 10_001, level: 'L1', memory }, 0.001).sample());
    expect(perSecond).toBeGreaterThan(1e8);
    expect(perSecond).toBeLessThan(1e13);
  }
});

it('measures bandwidth at half of each cache and beyond the last one', () => {
  const caches = [
    { level: 1, bytes: 32768 },
    { level: 2, bytes: 1048576 },
  ];
  expect(bandwidthLevels(caches)).toEqual([
    { level: 'L1', bytes: 16384 },
    { level: 'L2', bytes: 524288 },
    { level: 'memory', bytes: 8388608 },
  ]);
  expect(bandwidthLevels([]).map(({ level }) => level)).toEqual(['L1', 'L2', 'L3', 'memory']);
});
