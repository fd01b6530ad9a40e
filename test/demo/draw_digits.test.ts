import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { drawDigits } from '../../lib/demo/draw_digits';
import { drawDataset } from '../../lib/demo/drawn_dataset';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

describe('drawDigits', () => {
  it('draws the same bytes on every platform', () => {
    const { images, labels } = drawDigits({ count: 100, seed: 1, purpose: 'test' });
    expect(hash(images)).toBe('33c73e3cb5f06c1a30c0532dbec26678');
    expect(hash(labels)).toBe('40ee8faed309cb97ac5450310d6dba82');
  });

  it('draws an image from purpose, seed and index alone', () => {
    const whole = drawDigits({ count: 30, seed: 7, purpose: 'train' });
    const part = drawDigits({ count: 10, seed: 7, purpose: 'train', first: 20 });
    expect(hash(part.images)).toBe(hash(whole.images.subarray(20 * 784)));
    expect(part.labels).toEqual(whole.labels.slice(20));
  });

  it('draws no image twice: other purposes, other seeds (also beyond 2^32), other indexes', () => {
    const sets = [
      drawDigits({ count: 200, seed: 3, purpose: 'train' }),
      drawDigits({ count: 200, seed: 3, purpose: 'calibrate' }),
      drawDigits({ count: 200, seed: 3, purpose: 'test' }),
      drawDigits({ count: 200, seed: 4, purpose: 'test' }),
      drawDigits({ count: 200, seed: 3 + 2 ** 32, purpose: 'test' }),
    ];
    const seen = new Set(
      sets.flatMap(({ images }) =>
        Array.from({ length: 200 }, (_, i) => hash(images.subarray(784 * i, 784 * (i + 1)))),
      ),
    );
    expect(seen.size).toBe(1000);
  });

  it('draws all ten digits about equally often, on dark paper, with light ink', () => {
    const { images, labels } = drawDigits({ count: 2000, seed: 11, purpose: 'test' });
    const counts = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
    expect(Math.min(...counts)).toBeGreaterThan(150);
    expect(Math.max(...counts)).toBeLessThan(250);
    const lit = images.filter((grey) => grey > 127).length / images.length;
    expect(lit).toBeGreaterThan(0.05);
    expect(lit).toBeLessThan(0.2);
  });

  it('refuses counts, seeds and purposes outside their ranges', () => {
    const draw = (options: object) => () =>
      drawDigits({ count: 1, seed: 1, purpose: 'test', ...options } as Parameters<typeof drawDigits>[0]);
    expect(draw({ count: -1 })).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    expect(draw({ count: Number.NaN })).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    expect(draw({ seed: 2 ** 53 })).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    expect(draw({ seed: '1' })).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
    expect(draw({ purpose: 'fun' })).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});

describe('drawDataset', () => {
  it('gives the digits of drawDigits, in pieces, and tells its progress', async () => {
    const seen: number[] = [];
    const dataset = await drawDataset(
      { count: 450, seed: 5, purpose: 'test' },
      { onProgress: (done) => seen.push(done) },
    );
    const { images, labels } = drawDigits({ count: 450, seed: 5, purpose: 'test' });
    expect(hash(dataset.data as Uint8Array)).toBe(hash(images));
    expect([...dataset.labels]).toEqual([...labels]);
    expect(seen).toEqual([200 / 450, 400 / 450, 1]);
  });

  it('stops when its signal says so', async () => {
    const controller = new AbortController();
    let steps = 0;
    const onProgress = () => {
      steps++;
      controller.abort();
    };
    const drawing = drawDataset({ count: 5000, seed: 5, purpose: 'test' }, { onProgress, signal: controller.signal });
    await expect(drawing).rejects.toThrow(expect.objectContaining({ code: 'ERR_ABORTED' }));
    expect(steps).toBe(1);
  });
});
