import { expect, it } from 'vitest';
import { geometricMean, summarizeCases } from '../../bench/summary';
import { sampleReport } from './sample_report';

it('averages ratios geometrically: twice as fast and twice as slow are even', () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1, 12);
  expect(geometricMean([])).toBeNaN();
});

it('summarizes each contestant of a family against its baseline, and octavo against its bounds', () => {
  const { ratios, ofBound } = summarizeCases(sampleReport.cases);
  const peer = ratios.find(({ contestant }) => contestant === 'onnxruntime');
  const only = { name: 'gemm int8 512x11008x4096', value: 2 };
  // The one that was wrong has no ratio.
  expect(peer).toEqual({
    family: 'gemm int8',
    contestant: 'onnxruntime',
    baseline: 'octavo',
    count: 1,
    geometricMean: expect.closeTo(2, 9),
    medianMean: expect.closeTo(2, 9),
    least: only,
    most: only,
  });
  expect(ratios.map(({ contestant }) => contestant)).not.toContain('octavo');
  expect(ofBound.map(({ contestant, count }) => `${contestant} ${count}`)).toEqual([
    'octavo 2',
    'octavo s8xs8 1',
    'octavo, cold 1',
  ]);
});
