import { describe, expect, it } from 'vitest';
import { coverageByOp, coverageOf, type QuantizeReport, verdictOf } from '../../../lib/onnx/report';
import { sampleReport } from './sample_report';

const held: QuantizeReport = {
  ...sampleReport,
  budget: { maxDrop: 1, minSqnr: null, held: true, excluded: [] },
};
const speed = held.speed!;

describe('verdictOf', () => {
  it('names size, coverage, speed, accuracy and budget in one line', () => {
    expect(verdictOf(held)).toEqual({
      advice: 'use',
      budget: 'held',
      line: '3.55 x smaller, int8 13/14, 1.57 x as fast, accuracy 85.00 % -> 84.00 %: budget held',
    });
  });

  it('advises to keep the float model where the quantized one measures slower', () => {
    const slow = verdictOf({ ...held, speed: { ...speed, ratio: 0.8 } });
    expect(slow).toMatchObject({ advice: 'keep-float', budget: 'held' });
    expect(slow.line).toMatch(/slower, 0\.80 x the speed.*keep the float model/);
    expect(verdictOf({ ...held, speed: { ...speed, ratio: 0.99 } }).advice).toBe('use');
  });

  it('puts a missed budget before everything', () => {
    const missed = verdictOf({ ...sampleReport, speed: { ...speed, ratio: 0.5 } });
    expect(missed).toMatchObject({ advice: 'missed', budget: 'missed' });
    expect(missed.line).toMatch(/: BUDGET MISSED$/);
  });

  it('gives the output error without an evaluation, and nothing for random data', () => {
    expect(verdictOf({ ...held, evaluation: undefined }).line).toContain('output SQNR 27.3 dB');
    const random = { ...held, evaluation: undefined, calibration: { ...held.calibration!, random: true } };
    expect(verdictOf(random).line).toContain('accuracy unknown (random data)');
  });
});

describe('coverage', () => {
  it('counts layers with weights by what runs, or by how weights lie', () => {
    expect(coverageOf(sampleReport)).toEqual({ layers: 14, done: 13, what: 'int8' });
    const layers = sampleReport.layers.map((layer) => ({ ...layer, form: 'int4' as const, integerKernel: false }));
    expect(coverageOf({ layers, mode: 'weight-only' })).toEqual({ layers: 14, done: 14, what: 'int4 weights' });
  });

  it('groups by operator, those with weights first, with reasons by number', () => {
    const rows = coverageByOp(sampleReport.layers);
    expect(rows.map(({ opType, integer, layers }) => [opType, integer, layers])).toEqual([
      ['Conv', 13, 13],
      ['Gemm', 0, 1],
      ['Relu', 1, 1],
      ['Softmax', 0, 1],
    ]);
    expect(rows[1]?.reasons).toEqual([{ text: 'alpha is not 1', rule: 'Q019', count: 1 }]);
  });
});
