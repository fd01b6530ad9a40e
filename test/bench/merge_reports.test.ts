import { expect, it } from 'vitest';
import { mergeReports } from '../../bench/merge_reports';
import type { CaseReport } from '../../bench/report_types';
import { sampleReport, timed } from './sample_report';

const first = sampleReport.cases[1] as CaseReport;

it('keeps the better time of each contestant, with its ratio and the distance of the two as noise', () => {
  const again: CaseReport = {
    ...first,
    contestants: [timed('octavo', 0.0025, 'int8'), timed('onnxruntime', 0.003, 'int8')],
  };
  const merged = mergeReports(sampleReport, { ...sampleReport, cases: [again] }).cases[1] as CaseReport;
  const [octavo, signed, , peer] = merged.contestants;
  expect(octavo?.seconds).toMatchObject({ best: 0.002, noise: 0.25 });
  expect(peer?.seconds?.best).toBe(0.003);
  expect(peer?.ratio?.best).toBeCloseTo(1.5, 9);
  expect(signed).toEqual(first.contestants[1]); // not measured again
  expect(merged.rounds).toBe(10);
});

it('keeps the better time of each number of threads, and counts speed-ups anew', () => {
  const [one] = sampleReport.scaling;
  const faster = one?.points.map((point) => ({ ...point, seconds: { ...point.seconds, best: 0.0015 } })) ?? [];
  const second = { ...sampleReport, cases: [], scaling: [{ ...one, points: faster }] } as typeof sampleReport;
  const [merged, other] = mergeReports(sampleReport, second).scaling;
  expect(merged?.points.map(({ speedup }) => Number(speedup.best.toFixed(3)))).toEqual([1, 1.425, 1.95, 2.55]);
  expect(other).toEqual(sampleReport.scaling[1]);
});
