import { describe, expect, it } from 'vitest';
import { formatLayersDemo } from '../../lib/cli/layers_demo_text';
import type { LayersDemoResult } from '../../lib/demo';

const times = (best: number) => ({ best, median: 1.5 * best, samples: 100 });
const result: LayersDemoResult = {
  model: { file: '/somewhere/digits.safetensors', embedded: true, widths: [784, 256, 128, 10] },
  data: { source: 'drawn digits (seed 1)', images: 5000, seed: 1, calibrationImages: 0 },
  activations: 'dynamic',
  bytes: { float32: 940_584, int8: 237_672, ratio: 3.9575 },
  accuracy: {
    float32: { count: 4915, total: 5000, value: 0.983, low: 0.979, high: 0.9862 },
    int8: { count: 4913, total: 5000, value: 0.9826, low: 0.9786, high: 0.9859 },
    agreement: { count: 4990, total: 5000, value: 0.998 },
  },
  latency: {
    single: { rows: 1, float32: times(9.876), int8: times(12.34) },
    batch: { rows: 256, float32: times(1234.5), int8: times(432.1) },
  },
  speedup: { single: { best: 0.8, median: 0.8 }, batch: { best: 2.857, median: 2.857 } },
  peak: {
    layer: 'layers.0',
    m: 256,
    k: 784,
    n: 256,
    layerGops: { best: 620.4, median: 600 },
    peakGops: { best: 1034.2, median: 1000 },
    share: 0.5999,
  },
  machine: { cpu: 'A CPU', platform: 'linux-x64', node: '20.20.2', isa: 'avx512vnni', threads: 4 },
};

describe('formatLayersDemo', () => {
  it('fits in 80 columns and aligns its numbers', () => {
    expect(formatLayersDemo(result)).toMatchInlineSnapshot(`
      "                            float32           int8
      weights                    940.6 kB       237.7 kB  3.96 x smaller
      accuracy                    98.30 %        98.26 %  99.80 % agree
        95 % interval       97.90-98.62 %  97.86-98.59 %
      one image, best             9.88 us        12.3 us  0.80 x the speed
      one image, median           14.8 us        18.5 us  0.80 x the speed
      batch of 256, best         1,235 us         432 us  2.86 x faster
      batch of 256, median       1,852 us         648 us  2.86 x faster

      peak    int8 layer 784x256, batch 256, one thread: 620 GOPS,
              60 % of this CPU's 1,034 GOPS instruction peak
      system  avx512vnni, 4 threads, Node 20.20.2, linux-x64
      cpu     A CPU
      model   784-256-128-10, dynamic activations, shipped with octavo
      data    5,000 images: drawn digits (seed 1)
      "
    `);
    for (const line of formatLayersDemo(result).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
