// A histogram by magnitude, as calibration takes it: octavo beside a plain typed-array loop. All counts equal.
import { type Histogram, histogram } from '../../lib/calibrate';
import { Tensor } from '../../lib/tensor';
import type { Contestant, Work } from '../contestant';
import { randomFloat32 } from '../inputs';
import { histogramLoop } from '../peers/typed_array_quantize';
import { compareExact } from '../verify';

const BINS = 2048;
/** Values lie in [-1, 1). */
const LIMIT = 1;

export async function prepareHistogram(count: number): Promise<Contestant[]> {
  const x = new Tensor('float32', randomFloat32(count, 1), [count]);
  const work: Work = { operations: 0, arithmetic: 'float32', bytes: 4 * count, traffic: 'read', memory: 'arrays' };
  const [expected, looped] = [new Float64Array(BINS), new Float64Array(BINS)];
  histogramLoop(x.data, expected, LIMIT);
  const options = { bins: BINS, limit: LIMIT };
  let found: Histogram | undefined;
  const check = (counts: Float64Array): string | undefined => compareExact(counts, expected);
  return [
    {
      name: 'octavo',
      work,
      call: {
        kind: 'sync',
        run: () => {
          found = histogram(x, options);
        },
      },
      verify: () => check(Float64Array.from(found?.counts ?? [], Number)),
    },
    {
      name: 'typed arrays',
      work,
      call: { kind: 'sync', run: () => histogramLoop(x.data, looped.fill(0), LIMIT) },
      verify: () => check(looped),
    },
  ];
}
