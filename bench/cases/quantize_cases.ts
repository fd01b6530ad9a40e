// Passes over a whole tensor: bound by memory.
import type { BenchCase } from '../contestant';
import { prepareHistogram } from './histogram_pass';
import { prepareDequantize, prepareMinMax, prepareQuantize } from './quantize_passes';
import { prepareSketch } from './sketch_pass';

/** float32 values by what they take: a second level cache, a last one, and memory. */
const SIZES = [
  { title: '256 KiB', count: 2 ** 16 },
  { title: '16 MiB', count: 2 ** 22 },
  { title: '256 MiB', count: 2 ** 26, heavy: true },
];

/** Data over which sketches take longer than over uniform ones, of one size. */
const MIDDLE = 2 ** 22;
const sketchesOfOtherData = [
  ['sketch behind ReLU', 'relu'],
  ['sketch of 115 octaves', 'wide'],
] as const;

export function quantizeCases(): BenchCase[] {
  return SIZES.flatMap(({ title, count, heavy = false }) => {
    const entry = (name: string, prepare: BenchCase['prepare']): BenchCase => ({
      suite: 'quantize',
      family: name,
      name: `${name}, ${title}`,
      sizes: { count },
      heavy,
      prepare,
    });
    return [
      entry('quantize to int8', (context) => prepareQuantize('int8', count, context)),
      entry('quantize to uint8', (context) => prepareQuantize('uint8', count, context)),
      entry('dequantize from int8', (context) => prepareDequantize(count, context)),
      entry('min and max', () => prepareMinMax(count)),
      entry('histogram', () => prepareHistogram(count)),
      entry('sketch', () => prepareSketch(count, 'uniform')),
      ...(count === MIDDLE ? sketchesOfOtherData : []).map(([name, data]) =>
        entry(name, () => prepareSketch(count, data)),
      ),
    ];
  });
}
