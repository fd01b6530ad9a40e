import { expect, it } from 'vitest';
import { atSpots, compareExact, compareRelative, compareWithin, productSpots } from '../../bench/verify';

it('tells how many values differ, and which is the first', () => {
  expect(compareExact([1, 2, 3], [1, 2, 3])).toBeUndefined();
  expect(compareExact([1, 2, 9, 8], [1, 2, 3, 4])).toBe('2 of 4 values wrong, first [2]: 9, expected 3');
  expect(compareExact([1, Number.NaN], [1, 2])).toBe('1 of 2 values wrong, first [1]: NaN, expected 2');
  expect(compareExact([1], [1, 2])).toBe('1 values, expected 2');
});

it('allows a step where a step is allowed', () => {
  expect(compareWithin([1, 3], [2, 2], 1)).toBeUndefined();
  expect(compareWithin([1, 4], [2, 2], 1)).toBe('1 of 2 values wrong, first [1]: 4, expected 2');
});

it('measures floats by their root mean square', () => {
  expect(compareRelative([3, 4.5], [3, 4], 0.1)).toBeUndefined();
  expect(compareRelative([3, 4.5], [3, 4], 0.09)).toBe('relative error 0.10, expected at most 0.09');
  expect(compareRelative([Number.NaN, 4], [3, 4], 0.5)).toBe('relative error NaN, expected at most 0.5');
  expect(compareRelative([3], [3, 4], 0.5)).toBe('1 values, expected 2');
});

it('computes a product at some of its places', () => {
  const spots = productSpots([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 2, 2], { m: 2, n: 2, k: 3 });
  const product = [7, 8, 16, 17];
  expect(spots.places).toHaveLength(4);
  expect(spots.values).toEqual(atSpots(product, spots));
});
