// The machine and its limits, as text of at most 80 columns.
import { cpuFacts, cpuWarnings } from '../../bench/cpu_findings';
import { formatBytes, formatCount, formatDigits, formatRate } from '../../bench/figures';
import type { BenchReport } from '../../bench/report_types';
import { formatTable } from './text_table';
import { wrapText } from './wrap_text';

function formatCpus({ machine }: BenchReport): string {
  const { usableCpus, cpus, affinity, cpuQuota } = machine;
  const own = affinity === null ? '' : `, this process on ${affinity}`;
  return `${usableCpus} of ${cpus} CPUs usable${own}${cpuQuota === null ? '' : `, at most ${cpuQuota} at a time`}`;
}

/** What is known about the CPU around the run, as one line or none. */
function formatState({ cpuStates }: BenchReport): string[] {
  const facts = cpuFacts(cpuStates).map(([name, value]) => `${name.toLowerCase()} ${value}`);
  return facts.length === 0 ? [] : [`state    ${facts.join('; ')}`];
}

/** What the figures were taken on, with what, and whether others were at work. */
export function formatMachine(report: BenchReport, width: number): string {
  const { machine, cpuStates, settings, peers } = report;
  const caches = machine.caches.map(({ level, bytes }) => `L${level} ${formatBytes(bytes)}`);
  const busy = machine.load > settings.threads / 2 ? '; others are using it' : '';
  const quick = settings.quick ? '; quick, not for quoting' : '';
  const kind = machine.virtual === true ? 'virtual machine' : machine.platform;
  return [
    `octavo ${machine.octavo} ${machine.isa} (of ${machine.availableIsas.join(', ')}), ${formatCount(settings.threads, 'thread')}`,
    `peer     ${peers.onnxruntime}`,
    `cpu      ${machine.cpu}`,
    ...(machine.board === null ? [] : [`board    ${machine.board}`]),
    `model    ${machine.cpuModel === null ? '' : `${machine.cpuModel}, `}${kind}, clock governor ${machine.governor ?? 'not known'}`,
    `cpus     ${formatCpus(report)}`,
    `memory   ${caches.join(', ') || 'caches not known'}, ${formatBytes(machine.memoryBytes)}, huge pages ${machine.hugePages ?? 'not known'}`,
    `system   ${machine.platform}, ${machine.kernel}, Node ${machine.node}`,
    ...formatState(report),
    `run      ${machine.date.slice(0, 16)}Z, load ${machine.load.toFixed(2)}${busy}${quick}`,
    ...cpuWarnings(cpuStates).map((warning) => `warning  ${warning}`),
  ]
    .map((line) => wrapText(line, width, ' '.repeat(9)))
    .join('\n');
}

/** Peaks, bandwidths, and where the roofs meet: from so many operations a byte on arithmetic is the limit. */
export function formatPeaks({ machine, peaks }: BenchReport): string {
  const row = (name: string, rate: { best: number; median: number }, unit: string): string[] => [
    name,
    formatRate(rate.best, unit),
    formatDigits(rate.median / 1e9),
  ];
  const rows = peaks.bandwidth.flatMap(({ level, bytes, read, copy }) => [
    [...row(`read, ${level} (${formatBytes(bytes)})`, read, 'B/s'), formatDigits(peaks.int8.best / read.best)],
    row(`copy, ${level} (${formatBytes(bytes)})`, copy, 'B/s'),
  ]);
  return formatTable(
    [`limits of one ${machine.isa} thread`, 'best', 'median', 'int8 operations a byte'],
    [row('int8, registers only', peaks.int8, 'OPS'), row('float32, registers only', peaks.float32, 'FLOPS'), ...rows],
  );
}
