// Takes cases of a run once more and keeps the better of both.
import { mergeReports } from './merge_reports';
import type { BenchReport } from './report_types';
import { type BenchOptions, runBench } from './run';

/** Measures the cases of these names again. */
export async function remeasure(
  report: BenchReport,
  names: ReadonlySet<string>,
  options: BenchOptions,
): Promise<BenchReport> {
  return mergeReports(report, await runBench({ ...options, names, peaks: report.peaks }));
}
