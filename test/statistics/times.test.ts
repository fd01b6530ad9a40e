import { expect, it } from 'vitest';
import { summarizeTimes } from '../../lib/statistics';

it('summarizeTimes gives best and median of any order', () => {
  expect(summarizeTimes([5, 1, 9])).toEqual({ best: 1, median: 5, samples: 3 });
  expect(summarizeTimes([4, 1, 9, 2])).toEqual({ best: 1, median: 3, samples: 4 });
});
