// A sketch of 4,096 bins, all statistics in one pass: octavo beside a plain typed-array loop with sums in double precision.
import { Sketch } from '../../lib/calibrate';
import { Tensor } from '../../lib/tensor';
import type { Contestant, Work } from '../contestant';
import { randomFloat32 } from '../inputs';
import { histogramLoop, rangeLoop, sumsLoop } from '../peers/typed_array_quantize';
import { compareExact } from '../verify';

const BINS = 4096;
/** Below all values lie; a power of two. */
const LIMIT = 1;

/** Values in [-0.75, 0.75]; half of them 0; positive ones down to e^-80, spread evenly over 115 powers of two. */
export type SketchData = 'uniform' | 'relu' | 'wide';
const FROM_UNIFORM: Record<SketchData, (value: number) => number> = {
  uniform: (value) => 0.75 * value,
  relu: (value) => 0.75 * Math.max(0, value),
  wide: (value) => 0.75 * Math.exp(-80 * Math.abs(value)),
};

export async function prepareSketch(count: number, data: SketchData): Promise<Contestant[]> {
  const x = new Tensor('float32', randomFloat32(count, 1).map(FROM_UNIFORM[data]), [count]);
  const work: Work = { operations: 0, arithmetic: 'float32', bytes: 4 * count, traffic: 'read', memory: 'arrays' };
  const loop = () => {
    const [counts, range, sums] = [new Float64Array(BINS), new Float32Array(2), new Float64Array(2)];
    histogramLoop(x.data, counts, LIMIT);
    rangeLoop(x.data, range);
    sumsLoop(x.data, sums);
    return { counts, range, sums };
  };
  const expected = loop();
  let looped = expected;
  const sketch = new Sketch({ bins: BINS });
  /** What one pass saw: all passes saw the same. */
  const seen = () => {
    const channel = sketch.channels[0]!;
    const passes = Number(channel.count) / count;
    const counts = Float64Array.from(channel.counts, (found) => Number(found) / passes);
    const near = Math.abs(channel.sumOfSquares / passes / expected.sums[1]! - 1) < 1e-9;
    const range = Float32Array.of(channel.min, near ? channel.max : Number.NaN);
    return compareExact(counts, expected.counts) ?? compareExact(range, expected.range);
  };
  return [
    { name: 'octavo', work, call: { kind: 'sync', run: () => void sketch.observe(x) }, verify: seen },
    {
      name: 'typed arrays',
      work,
      call: {
        kind: 'sync',
        run: () => {
          looped = loop();
        },
      },
      verify: () => compareExact(looped.counts, expected.counts),
    },
  ];
}
