// Passes over a whole tensor: bound by memory.
import type { BenchCase } from '../contestant';
import { prepareDequantize, prepareMinMax, prepareQuantize } from './quantize_passes';

/** float32 values: 16 MiB. */
const COUNT = 4 * 1024 * 1024;

export function quantizeCases(): BenchCase[] {
  const entry = (name: string, prepare: BenchCase['prepare']): BenchCase => ({
    suite: 'quantize',
    name: `${name}, 16 MiB`,
    sizes: { count: COUNT },
    prepare,
  });
  return [
    entry('quantize to int8', (context) => prepareQuantize('int8', COUNT, context)),
    entry('quantize to uint8', (context) => prepareQuantize('uint8', COUNT, context)),
    entry('dequantize from int8', (context) => prepareDequantize(COUNT, context)),
    entry('min and max', () => prepareMinMax(COUNT)),
  ];
}
