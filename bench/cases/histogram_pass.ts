// A histogram by magnitude, as calibration takes it: octavo beside a plain typed-array loop. All counts equal.
import { addon } from '../../lib/addon';
import type { Contestant, Work } from '../contestant';
import { randomFloat32 } from '../inputs';
import { histogramLoop } from '../peers/typed_array_quantize';

const BINS = 2048;
/** Values lie in [-1, 1). */
const LIMIT = 1;

export async function prepareHistogram(count: number): Promise<Contestant[]> {
  const x = randomFloat32(count, 1);
  const work: Work = { operations: 0, arithmetic: 'float32', bytes: 4 * count, traffic: 'read' };
  const expected = new Float64Array(BINS);
  histogramLoop(x, expected, LIMIT);
  const counts = new BigUint64Array(BINS);
  const outside = new BigUint64Array(2);
  const looped = new Float64Array(BINS);
  let calls = 0;
  return [
    {
      name: 'octavo',
      work,
      call: {
        kind: 'sync',
        run: () => {
          addon.histogram(x, counts, outside, LIMIT); // it adds to what is there
          calls += 1;
        },
      },
      verify: () => {
        const wrong = expected.findIndex((value, bin) => counts[bin] !== BigInt(value * calls));
        return wrong < 0 ? undefined : `bin ${wrong}: ${counts[wrong]}, expected ${(expected[wrong] ?? 0) * calls}`;
      },
    },
    {
      name: 'typed arrays',
      work,
      call: { kind: 'sync', run: () => histogramLoop(x, looped.fill(0), LIMIT) },
      verify: () => (looped.every((value, bin) => value === expected[bin]) ? undefined : 'counts differ'),
    },
  ];
}
