import { describe, expect, it } from 'vitest';
import { compareReports } from '../../bench/compare';
import type { BenchReport, CaseReport, ContestantReport } from '../../bench/report_types';
import { sampleReport, timed } from './sample_report';

/** octavo at `best` seconds and `share` of its bound. */
function octavo(best: number, share: number, noise: number): ContestantReport {
  const one = timed('octavo', best, 'int8');
  const seconds = one.seconds && { ...one.seconds, noise };
  return { ...one, seconds, ofBound: one.ofBound && { ...one.ofBound, best: share } };
}

function runOf(...contestants: ContestantReport[]): BenchReport {
  const cases = contestants.map((contestant, i) => ({
    ...(sampleReport.cases[0] as CaseReport),
    name: `case ${i}`,
    contestants: [contestant],
  }));
  return { ...sampleReport, cases, scaling: [] };
}

const verdictOf = (before: ContestantReport, after: ContestantReport) =>
  compareReports(runOf(before), runOf(after)).changes[0]?.verdict;

describe('compareReports', () => {
  it('calls slower or faster what changed by more than twice the noise, in time and relative to the bound', () => {
    expect(verdictOf(octavo(1, 0.9, 0.02), octavo(1.05, 0.857, 0.01))).toBe('slower'); // 5 % against 4 %
    expect(verdictOf(octavo(1, 0.9, 0.02), octavo(1.03, 0.87, 0.01))).toBe('same');
    expect(verdictOf(octavo(1, 0.9, 0.01), octavo(1.05, 0.857, 0.03))).toBe('same'); // the later run's noise counts too
    expect(verdictOf(octavo(1, 0.9, 0.02), octavo(0.95, 0.95, 0.01))).toBe('faster');
  });

  it('calls neither what the clock explains, nor what only moved against a bound measured worse', () => {
    expect(verdictOf(octavo(1, 0.9, 0), octavo(1.2, 0.9, 0))).toBe('same');
    expect(verdictOf(octavo(1, 0.9, 0), octavo(1, 0.7, 0))).toBe('same');
  });

  it('never goes below two percent, and takes times alone where the bounds differ', () => {
    expect(verdictOf(octavo(1, 0.9, 0), octavo(1.019, 0.883, 0))).toBe('same');
    expect(verdictOf(octavo(1, 0.9, 0), octavo(1.021, 0.881, 0))).toBe('slower');
    const read = { ...octavo(1.1, 0.99, 0), ofBound: { kind: 'read', level: 'L2', best: 0.99, median: 0.9 } } as const;
    expect(verdictOf(octavo(1, 0.9, 0), read)).toBe('slower');
  });

  it('knows the noise of a run from all its figures', () => {
    const noisy = [octavo(1, 0.9, 0.1), octavo(1, 0.9, 0.1), octavo(1, 0.9, 0.1)];
    const changes = compareReports(runOf(...noisy, octavo(1, 0.9, 0)), runOf(...noisy, octavo(1.15, 0.78, 0))).changes;
    expect(changes.at(-1)).toMatchObject({ verdict: 'same', noise: 0.2 });
  });

  it('looks at octavo alone, at threads too, and names what has no earlier figure', () => {
    const { changes, unmatched } = compareReports(
      { ...sampleReport, scaling: sampleReport.scaling.slice(1) },
      sampleReport,
    );
    expect(changes.every(({ contestant }) => !contestant.startsWith('onnx'))).toBe(true);
    expect(changes.map(({ contestant }) => contestant)).toContain('4 of its threads');
    expect(unmatched).toHaveLength(4);
    expect(unmatched[0]).toBe('threads, int8 1024x1024x1024, 1 of its threads');
  });

  it('refuses runs of another CPU, kernel set or number of threads', () => {
    const other = { ...sampleReport, machine: { ...sampleReport.machine, isa: 'avx2' } };
    const message = 'runs with another kernel set cannot be compared: then avx2, now avx512vnni';
    expect(() => compareReports(other, sampleReport)).toThrow(expect.objectContaining({ code: 'ERR_RANGE', message }));
    const threaded = { ...sampleReport, settings: { ...sampleReport.settings, threads: 2 } };
    expect(() => compareReports(threaded, sampleReport)).toThrow(/number of threads/);
  });
});
