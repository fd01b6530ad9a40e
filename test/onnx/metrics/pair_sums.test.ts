import { expect, it } from 'vitest';
import { Agreement, PairSums } from '../../../lib/onnx/metrics';

it('sums up errors over any number of calls', () => {
  const sums = new PairSums();
  sums.add(Float32Array.of(3, 4), Float32Array.of(3, 4.5));
  sums.add(Float32Array.of(0), Float32Array.of(-0.25));
  const { count, lost, sqnr, cosine, maxError, meanError, rmse } = sums.errors;
  expect({ count, lost, maxError, meanError }).toEqual({ count: 3, lost: 0, maxError: 0.5, meanError: 0.25 });
  expect(sqnr).toBeCloseTo(10 * Math.log10(25 / 0.3125), 12);
  expect(cosine).toBeCloseTo(27 / (5 * Math.sqrt(9 + 20.25 + 0.0625)), 12);
  expect(rmse).toBeCloseTo(Math.sqrt(0.3125 / 3), 12);
});

it('knows no error, no signal, and values that were lost', () => {
  const of = (x: number[], y: number[]) => {
    const sums = new PairSums();
    sums.add(Float32Array.from(x), Float32Array.from(y));
    return sums.errors;
  };
  expect(of([1, 2], [1, 2])).toMatchObject({ sqnr: Number.POSITIVE_INFINITY, cosine: 1, rmse: 0 });
  expect(of([0], [0])).toMatchObject({ sqnr: Number.POSITIVE_INFINITY, cosine: 1 });
  expect(of([0], [1])).toMatchObject({ sqnr: Number.NEGATIVE_INFINITY, cosine: 0 });
  expect(of([1, 2], [1, Number.NaN])).toMatchObject({ count: 1, lost: 1, sqnr: Number.NEGATIVE_INFINITY });
  const masked = [Number.NEGATIVE_INFINITY, 1];
  expect(of(masked, [-1e9, 1])).toMatchObject({ count: 1, lost: 0, sqnr: Number.POSITIVE_INFINITY });
  expect(new PairSums().errors).toMatchObject({ count: 0, meanError: 0, rmse: 0 });
});

it('counts rows that are largest at the same place', () => {
  const agreement = new Agreement();
  agreement.add(Float32Array.of(1, 2, 5, 4, 0, 0), Float32Array.of(0, 9, 4, 5, 0, Number.NaN), [3, 2]);
  expect(agreement.share).toMatchObject({ count: 2, total: 3 });
  agreement.add(Float32Array.of(1, 2), Float32Array.of(3, 4), [1, 1, 2]);
  expect(agreement.share).toMatchObject({ count: 3, total: 4 });
  agreement.add(Float32Array.of(1, 2), Float32Array.of(Number.NaN, 4), [1, 2]);
  expect(agreement.share).toMatchObject({ count: 4, total: 5 });
  const none = new Agreement();
  none.add(Float32Array.of(1), Float32Array.of(1), [1]);
  none.add(Float32Array.of(1, 2), Float32Array.of(1, 2), [2, 1]);
  expect(none.share).toBeUndefined();
});
