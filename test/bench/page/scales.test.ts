import { expect, it } from 'vitest';
import { decadesAround, linearScale, logScale } from '../../../bench/page/scales';

it('places logarithms, with a tick for each decade', () => {
  const { place, ticks } = logScale({ from: 1, to: 1000 }, { from: 300, to: 0 });
  expect(ticks).toEqual([1, 10, 100, 1000]);
  expect([1, 10, 1000].map(place).map(Math.round)).toEqual([300, 200, 0]);
  expect(logScale({ from: 3, to: 40 }, { from: 0, to: 1 }).ticks).toEqual([10]);
});

it('finds the decades around values', () => {
  expect(decadesAround([2, 700])).toEqual({ from: 1, to: 1000 });
  expect(decadesAround([10, 100])).toEqual({ from: 10, to: 100 });
  expect(decadesAround([0.002])).toEqual({ from: 0.001, to: 0.01 });
});

it('counts linearly in round steps from 0', () => {
  expect(linearScale(4, { from: 0, to: 100 }).ticks).toEqual([0, 1, 2, 3, 4]);
  expect(linearScale(7, { from: 0, to: 100 }).ticks).toEqual([0, 2, 4, 6, 8]);
  expect(linearScale(96, { from: 0, to: 100 }).ticks).toEqual([0, 50, 100]);
  expect(linearScale(4, { from: 0, to: 100 }).place(3)).toBe(75);
});
