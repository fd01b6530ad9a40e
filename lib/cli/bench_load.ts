// Thread scaling and latencies under load, as text.
import { formatCount, formatDigits, formatPercent, formatTime } from '../../bench/figures';
import type { BenchReport } from '../../bench/report_types';
import { formatTable } from './text_table';

/** One line for each number of threads; empty if none was measured. */
export function formatScaling({ scaling }: BenchReport): string {
  if (scaling.length === 0) return '';
  const rows = scaling.flatMap(({ name, points }) => [
    [name],
    ...points.map(({ threads, seconds, rate, speedup }) => [
      `  ${formatCount(threads, 'thread')}`,
      formatTime(seconds.best),
      formatTime(seconds.median),
      `${formatDigits(rate / 1e9)} GOPS`,
      speedup.best.toFixed(2),
      speedup.median.toFixed(2),
      formatPercent(speedup.best / threads),
    ]),
  ]);
  return formatTable(['thread scaling', 'best', 'median', 'rate', 'speed-up', 'median', '% of threads'], rows);
}

/** Latencies of calls in flight, and how late a timer of a millisecond was meanwhile; empty if none were measured. */
export function formatLatency({ latency }: BenchReport, width: number): string {
  if (latency.length === 0) return '';
  const threads = formatCount(latency[0]?.threads ?? 1, 'thread');
  const rows = latency.flatMap(({ name, idleDelay, points }) => [
    [name.replace(/^async /, '')],
    ['  nothing running', '', '', '', '', '', '', formatTime(idleDelay.p50), formatTime(idleDelay.p99)],
    ...points.map(({ contestant, inFlight, callsPerSecond, latency: wait, loopDelay }) => [
      `  ${contestant}`,
      `${inFlight}`,
      callsPerSecond.toFixed(0),
      formatTime(wait.p50),
      formatTime(wait.p90),
      formatTime(wait.p99),
      formatTime(wait.max),
      formatTime(loopDelay.p50),
      formatTime(loopDelay.p99),
    ]),
  ]);
  const header = [
    `async calls, ${threads}`,
    'in flight',
    'calls/s',
    'p50',
    'p90',
    'p99',
    'max',
    'loop p50',
    'loop p99',
  ];
  return formatTable(header, rows, { width, optional: [4, 6, 7] });
}
