// The balance that is frozen: of what is left of the keys without their mean.
import { expect, it } from 'vitest';
import { KeyStatistics } from '../../../lib/turboquant/kv/key_transform';
import { checkKvOptions } from '../../../lib/turboquant/kv/kv_options';

it('is the root of the ratio of rms values, the mean of the keys left out', () => {
  const bits = { keys: { bits: 4 }, values: { bits: 4 } };
  const statistics = new KeyStatistics(checkKvOptions({ layers: 1, kvHeads: 1, headDim: 8, ...bits, balance: true }));
  statistics.addKeys(Float32Array.of(98, 1, 0, 0, 0, 0, 0, 0, 102, -1, 0, 0, 0, 0, 0, 0));
  statistics.addQueries(Float32Array.of(8, 1, 1, 0, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0), 2);
  const { mean, balance } = statistics.freeze();
  expect([...mean!.slice(0, 3)]).toEqual([100, 0, 0]);
  expect([...balance!.slice(0, 4)]).toEqual([0.5, 1, 1, 1]); // sqrt(2 / 8); no keys, and neither keys nor queries
});
