// The benchmark's report as text of at most 100 columns.
import type { BenchReport, CaseReport, ContestantReport } from '../../bench/report_types';
import { formatTable } from './text_table';

/** Three to four digits: 1034, 257, 38.1, 2.08. */
function formatDigits(value: number): string {
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

/** 2.08 ms, 17.3 us. */
function formatTime(seconds: number): string {
  if (seconds >= 0.9995) return `${formatDigits(seconds)} s`;
  if (seconds >= 0.0009995) return `${formatDigits(seconds * 1e3)} ms`;
  return `${formatDigits(seconds * 1e6)} us`;
}

/** 48 KiB, 1 MiB, 1.5 GiB. */
function formatBytes(bytes: number): string {
  const power = bytes >= 2 ** 30 ? 3 : bytes >= 2 ** 20 ? 2 : 1;
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${['KiB', 'MiB', 'GiB'][power - 1]}`;
}

const formatRate = (perSecond: number, unit: string): string => `${formatDigits(perSecond / 1e9)} G${unit}`;
const formatPercent = (fraction: number): string => (fraction * 100).toFixed(1);

function formatMachine({ machine, settings, peers }: BenchReport): string {
  const caches = machine.caches.map(({ level, bytes }) => `L${level} ${formatBytes(bytes)}`);
  const threads = `${settings.threads} thread${settings.threads === 1 ? '' : 's'}`;
  const busy = machine.load > settings.threads / 2 ? '; others are using it' : '';
  const quick = settings.quick ? '; quick, not for quoting' : '';
  return [
    `octavo ${machine.octavo} ${machine.isa} (of ${machine.availableIsas.join(', ')}), ${threads}`,
    `peer     ${peers.onnxruntime}`,
    `cpu      ${machine.cpu}, ${machine.usableCpus} of ${machine.cpus} CPUs`,
    `memory   ${caches.join(', ') || 'caches not known'}, ${formatBytes(machine.memoryBytes)}`,
    `system   ${machine.platform}, Node ${machine.node}, clock governor ${machine.governor ?? 'not known'}`,
    `run      ${machine.date.slice(0, 16)}Z, load ${machine.load.toFixed(2)}${busy}${quick}`,
  ].join('\n');
}

function formatPeaks({ machine, peaks }: BenchReport): string {
  const row = (name: string, rate: { best: number; median: number }, unit: string): string[] => [
    name,
    formatRate(rate.best, unit),
    formatDigits(rate.median / 1e9),
  ];
  const rows = peaks.bandwidth.flatMap(({ level, bytes, read, copy }) => [
    row(`read, ${level} (${formatBytes(bytes)})`, read, 'B/s'),
    row(`copy, ${level} (${formatBytes(bytes)})`, copy, 'B/s'),
  ]);
  return formatTable(
    [`limits of one ${machine.isa} thread`, 'best', 'median'],
    [row('int8, registers only', peaks.int8, 'OPS'), row('float32, registers only', peaks.float32, 'FLOPS'), ...rows],
  );
}

/** Number and unit. Work that its bytes limit is rated in bytes. */
function formatSpeed({ rate, bandwidth, ofBound }: ContestantReport): [string, string] {
  const isMemory = ofBound?.kind === 'read' || ofBound?.kind === 'copy';
  if (isMemory && bandwidth !== null) return [formatDigits(bandwidth.best / 1e9), 'GB/s'];
  return rate === null ? ['-', ''] : [formatDigits(rate.best / 1e9), `G${rate.unit}`];
}

function contestantRow(contestant: ContestantReport): string[] {
  const { name, seconds, ofBound, ratio } = contestant;
  if (seconds === null) return [`  ${name}`, '-', '-', '-', '', '-', '-', '-', '-'];
  return [
    `  ${name}`,
    formatTime(seconds.best),
    formatTime(seconds.median),
    ...formatSpeed(contestant),
    ofBound === null ? '-' : formatPercent(ofBound.best),
    ofBound === null ? '-' : formatPercent(ofBound.median),
    ofBound?.kind ?? '-',
    ratio === null ? '-' : ratio.toFixed(2),
  ];
}

function formatCases(cases: readonly CaseReport[]): string {
  const rows = cases.flatMap(({ name, contestants }) => [[name], ...contestants.map(contestantRow)]);
  return formatTable(['case', 'best', 'median', 'rate', '', '% best', 'median', 'of', 'ratio'], rows);
}

function formatNotes({ cases, settings }: BenchReport): string {
  const notes = cases.flatMap(({ name, contestants }) =>
    contestants.filter(({ note }) => note !== null).map((one) => `not timed: ${name}, ${one.name}: ${one.note}`),
  );
  const { threads } = settings;
  const peak = threads === 1 ? [] : [`   With ${threads} threads the limit is ${threads} times that of one thread.`];
  return [
    ...notes,
    'Sizes are m x n x k. Caches are hot: the same operands in each call, weights packed once.',
    'rate: of the best time. %: of the limit in column "of", measured in the same rounds.',
    ...peak,
    "ratio: best time over that of the case's first line; above 1 the first one is faster.",
  ].join('\n');
}

/** Machine, limits and one line for each contestant of each case. */
export function formatBench(report: BenchReport): string {
  return [formatMachine(report), '', formatPeaks(report), formatCases(report.cases), formatNotes(report), ''].join(
    '\n',
  );
}
