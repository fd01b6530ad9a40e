import { expect, it } from 'vitest';
import { isDisturbed, undisturbedPart } from '../../bench/disturbance';
import type { BoundReport } from '../../bench/report_types';
import { sampleReport } from './sample_report';

const { peaks } = sampleReport;
const bound = (kind: BoundReport['kind'], best: number): BoundReport => ({
  kind,
  unit: kind === 'int8' || kind === 'float32' ? 'OPS' : 'B/s',
  bytes: 0,
  level: null,
  memory: null,
  best,
  median: best,
});

it('is told by a limit of instructions far below its own peak, not by memory', () => {
  const { int8, float32 } = peaks;
  const disturbed = { bounds: [bound('int8', 0.95 * int8.best), bound('float32', 0.4 * float32.best)] };
  expect(undisturbedPart(disturbed, peaks)).toBeCloseTo(0.4, 9);
  expect(isDisturbed(disturbed, peaks)).toBe(true);
  expect(isDisturbed({ bounds: [bound('int8', 0.85 * int8.best), bound('read', 1)] }, peaks)).toBe(false);
  expect(undisturbedPart({ bounds: [bound('int8', 2 * int8.best)] }, peaks)).toBe(1);
  expect(isDisturbed({ bounds: [] }, peaks)).toBe(false);
});
