// The mathematics of SmoothQuant.
import { expect, it } from 'vitest';
import { raiseColumnMaxima, raiseRowMaxima, smoothingFactors } from '../../lib/weights';

it('splits the difficulty by alpha', () => {
  const [activations, weights] = [Float32Array.of(64, 1, 0, 5), Float32Array.of(1, 4, 3, 0)];
  expect([...smoothingFactors(activations, weights)]).toEqual([8, 0.5, 1, 1]);
  expect([...smoothingFactors(activations, weights, { alpha: 1 })]).toEqual([64, 1, 1, 1]);
  expect([...smoothingFactors(activations, weights, { alpha: 0 })]).toEqual([1, 0.25, 1, 1]);
});

it('takes maxima of rows and columns of magnitudes', () => {
  const rows = Float32Array.of(0, 9);
  raiseRowMaxima(rows, Float32Array.of(1, -5, 2, 3, 4, -6), 3);
  expect([...rows]).toEqual([5, 9]);
  const columns = Float32Array.of(0, 0, 7);
  raiseColumnMaxima(columns, Float32Array.of(1, -5, 2, 3, 4, -6));
  expect([...columns]).toEqual([3, 5, 7]);
});

it.each([
  [() => smoothingFactors(Float32Array.of(1), Float32Array.of(1, 2)), 'ERR_SHAPE'],
  [() => smoothingFactors(Float32Array.of(Number.NaN), Float32Array.of(1)), 'ERR_RANGE'],
  [() => smoothingFactors(Float32Array.of(-1), Float32Array.of(1)), 'ERR_RANGE'],
  [() => smoothingFactors(Float32Array.of(1), Float32Array.of(1), { alpha: 1.5 }), 'ERR_RANGE'],
  [() => smoothingFactors(Float32Array.of(1), Float32Array.of(1), { alpha: '1' as never }), 'ERR_DTYPE'],
  [() => raiseRowMaxima(new Float32Array(2), new Float32Array(5), 3), 'ERR_SHAPE'],
  [() => raiseColumnMaxima(new Float32Array(2), new Float32Array(5)), 'ERR_SHAPE'],
])('refuses what does not fit: %#', (call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
