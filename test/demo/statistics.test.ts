import { expect, it } from 'vitest';
import { classify, countEqual } from '../../lib/demo/statistics';

it('classify takes the first of the largest logits', () => {
  expect(classify(Float32Array.of(1, 3, 2, -5, -5, -7, 0, 0, 0), 3)).toEqual(Int32Array.of(1, 0, 0));
});

it('countEqual counts equal positions', () => {
  expect(countEqual(Int32Array.of(1, 2, 3), Int32Array.of(1, 0, 3))).toBe(2);
});
