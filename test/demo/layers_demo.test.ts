import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runLayersDemo } from '../../lib/demo';
import { writeIdx } from '../../lib/idx';
import { runtime } from '../../lib/runtime';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-demo-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const shared = path.join(__dirname, '..', '..', '..', 'shared', 'data', 'mnist');

const positive = expect.closeTo(1e9, -10) as number; // any number below 5e9; signs are tested apart
const times = { best: positive, median: positive, samples: positive };

describe('runLayersDemo', () => {
  it.each(['dynamic', 'static'] as const)(
    'classifies drawn digits with the shipped model, %s activations',
    async (activations) => {
      const steps = new Set<string>();
      const threads = runtime.threads;
      const result = await runLayersDemo({
        count: 1000,
        seed: 77,
        seconds: 0.1,
        activations,
        onProgress: (step) => steps.add(step),
      });
      expect(runtime.threads).toBe(threads);
      expect(result.accuracy.float32.value).toBeGreaterThan(0.96);
      expect(result.accuracy.float32.value).toBeLessThan(0.998);
      expect(Math.abs(result.accuracy.int8.value - result.accuracy.float32.value)).toBeLessThan(0.01);
      expect(result.accuracy.agreement.value).toBeGreaterThan(0.985);
      expect(result.bytes).toEqual({ float32: 940_584, int8: 237_904, ratio: 940_584 / 237_904 });
      expect(result.data).toMatchObject({
        images: 1000,
        seed: 77,
        calibrationImages: activations === 'static' ? 1000 : 0,
      });
      expect(result.latency).toEqual({
        single: { rows: 1, float32: times, int8: times },
        batch: { rows: 256, float32: times, int8: times },
      });
      expect(result.latency.single.int8.best).toBeGreaterThan(0);
      expect(result.speedup.batch.best).toBe(result.latency.batch.float32.best / result.latency.batch.int8.best);
      expect(result.peak).toMatchObject({ layer: 'layers.0', m: 256, k: 784, n: 256 });
      expect(result.peak.share).toBeGreaterThan(0);
      expect(result.peak.share).toBeLessThan(1.2);
      expect(result.machine).toMatchObject({ isa: runtime.isa, threads, node: process.versions.node });
      expect(steps.size).toBe(activations === 'static' ? 6 : 5);
    },
  );

  it('gives the same answers for the same seed, others for another', async () => {
    const [a, b, c] = [
      await runLayersDemo({ count: 300, seed: 5, seconds: 0 }),
      await runLayersDemo({ count: 300, seed: 5, seconds: 0 }),
      await runLayersDemo({ count: 300, seed: 6, seconds: 0 }),
    ];
    expect(a.accuracy).toEqual(b.accuracy);
    expect(a.accuracy).not.toEqual(c.accuracy);
  });

  it('classifies files, and keeps the images that calibrate out of the score', async () => {
    const files = { images: path.join(folder, 'i'), labels: path.join(folder, 'l') };
    writeIdx(files.images, { type: 'uint8', dims: [30, 28, 28], data: new Uint8Array(30 * 784) });
    writeIdx(files.labels, { type: 'uint8', dims: [30], data: new Uint8Array(30).fill(3) });
    const result = await runLayersDemo({ files, count: 20, activations: 'static', batch: 64, seconds: 0 });
    expect(result.data).toEqual({ source: files.images, images: 18, seed: null, calibrationImages: 2 });
    expect(result.latency.batch.rows).toBe(18);
    expect(result.accuracy.float32.total).toBe(18);
    await expect(runLayersDemo({ files, count: 31 })).rejects.toThrow(/count must be at most 30/);
  });

  it('classifies real digits with a model that never saw one', async ({ skip }) => {
    if (!fs.existsSync(shared)) skip('skipped: ../shared not present');
    const files = {
      images: path.join(shared, 't10k-first5000-images-idx3-ubyte.gz'),
      labels: path.join(shared, 't10k-first5000-labels-idx1-ubyte.gz'),
    };
    const { accuracy } = await runLayersDemo({ files, seconds: 0 });
    expect(accuracy.float32.total).toBe(5000);
    expect(accuracy.float32.value).toBeGreaterThan(0.8);
    expect(accuracy.agreement.value).toBeGreaterThan(0.97);
  });

  it('refuses options outside their ranges, and stops on its signal', async () => {
    await expect(runLayersDemo({ count: 0 })).rejects.toThrow(/count must be/);
    await expect(runLayersDemo({ batch: 0 })).rejects.toThrow(/batch must be/);
    await expect(runLayersDemo({ activations: 'x' as 'static' })).rejects.toThrow(/activations must be/);
    await expect(runLayersDemo({ seconds: Number.NaN })).rejects.toThrow(/seconds must be/);
    await expect(runLayersDemo({ weights: folder })).rejects.toThrow(/is a directory/);
    const signal = AbortSignal.abort();
    await expect(runLayersDemo({ signal })).rejects.toThrow(expect.objectContaining({ code: 'ERR_ABORTED' }));
  });
});
