// The report on a GPU as text; narrower terminals get fewer columns.
import type {
  GpuCaseReport,
  GpuContestantReport,
  GpuFigure,
  GpuReport,
  TransferReport,
  WinnerRow,
} from '../../bench/cuda/report_types';
import { formatBytes, formatDigits, formatPercent, formatTime } from '../../bench/figures';
import type { Rate } from '../../bench/peaks';
import { formatTable } from './text_table';
import { wrapText } from './wrap_text';

const LIMIT_NAMES = { read: 'read', copy: 'copy', mma: 'mma', wgmma: 'wgmma' };

/** 'the kernels by rows' have a table of their own. */
const WINNER_SUITE = 'kernels by rows';

function formatHead({ machine, gpu, settings, command }: GpuReport, width: number): string {
  const quick = settings.quick ? '; quick, not for quoting' : '';
  return [
    `octavo ${machine.octavo} on ${gpu.name}, compute capability ${gpu.computeCapability}`,
    `gpu      ${gpu.multiprocessors} multiprocessors, ${formatBytes(gpu.memoryBytes)}, cache ${formatBytes(gpu.l2Bytes)}`,
    ...(gpu.card === null ? [] : [`card     ${Object.values(gpu.card).join(', ')}`]),
    `driver   CUDA ${gpu.driver}; cuBLASLt ${gpu.cublasLt ?? 'not used'}`,
    `host     ${machine.cpu}, ${machine.platform}, ${machine.kernel}, Node ${machine.node}`,
    `run      ${machine.date.slice(0, 16)}Z, ${command}${quick}`,
  ]
    .map((line) => wrapText(line, width, ' '.repeat(9)))
    .join('\n');
}

function formatLimits({ limits }: GpuReport): string {
  const row = (name: string, rate: Rate, unit: string, scale: number) => [
    name,
    formatDigits(rate.best / scale),
    formatDigits(rate.median / scale),
    unit,
  ];
  return formatTable(
    ['limits of this GPU', 'best', 'median', ''],
    [
      row('read memory', limits.read, 'GB/s', 1e9),
      row('copy memory', limits.copy, 'GB/s', 1e9),
      row('int8 products of warps (mma)', limits.mma, 'TOPS', 1e12),
      ...(limits.wgmma === null ? [] : [row('int8 products of warp groups (wgmma)', limits.wgmma, 'TOPS', 1e12)]),
    ],
  );
}

function contestantRow({ name, seconds, rate, bandwidth, ofLimit, ratio }: GpuContestantReport): string[] {
  if (seconds === null || rate === null || ofLimit === null)
    return [`  ${name}`, '-', '-', '-', '', '-', '-', '-', '-'];
  const isMemory = ofLimit.kind === 'read' || ofLimit.kind === 'copy';
  const speed = isMemory && bandwidth !== null ? [bandwidth.best / 1e9, 'GB/s'] : [rate.best / 1e12, 'TOPS'];
  return [
    `  ${name}`,
    formatTime(seconds.best),
    formatTime(seconds.median),
    formatDigits(speed[0] as number),
    speed[1] as string,
    formatPercent(ofLimit.best),
    formatPercent(ofLimit.median),
    LIMIT_NAMES[ofLimit.kind],
    ratio === null ? '-' : ratio.best.toFixed(2),
  ];
}

function formatCases(cases: readonly GpuCaseReport[], width: number): string {
  const shown = cases.filter(({ family }) => family !== WINNER_SUITE);
  if (shown.length === 0) return '';
  const rows = shown.flatMap(({ name, contestants }) => [
    [name],
    ...contestants.filter(({ status }) => status !== 'absent').map(contestantRow),
  ]);
  const header = ['case', 'best', 'median', 'rate', '', '% best', 'median', 'of', 'ratio'];
  return formatTable(header, rows, { width, optional: [2, 6] });
}

/** Which kernel is quickest for which number of rows. */
function formatWinners(winners: readonly WinnerRow[]): string {
  const [first] = winners;
  if (first === undefined) return '';
  const names = Object.keys(first.seconds);
  const time = (seconds: number | null | undefined) => (seconds == null ? '-' : formatTime(seconds));
  return formatTable(
    [`m x ${first.n} x ${first.k}`, ...names, 'wins', 'used'],
    winners.map(({ m, seconds, winner, chosen }) => [
      `${m}`,
      ...names.map((name) => time(seconds[name])),
      winner ?? '-',
      time(chosen),
    ]),
  );
}

function formatTransfers(transfers: readonly TransferReport[]): string {
  const [first] = transfers;
  if (first === undefined) return '';
  return formatTable(
    [`transfers of ${formatBytes(first.bytes)}`, 'best', 'median', 'GB/s', 'median'],
    transfers.map(({ name, seconds, rate }) => [
      name,
      formatTime(seconds.best),
      formatTime(seconds.median),
      formatDigits(rate.best / 1e9),
      formatDigits(rate.median / 1e9),
    ]),
  );
}

function formatFigures(figures: readonly GpuFigure[]): string {
  if (figures.length === 0) return '';
  const write = (value: number, unit: '%' | 'x') => (unit === '%' ? value.toFixed(1) : value.toFixed(2));
  return formatTable(
    ['figures', 'best', 'median', 'target', ''],
    figures.map(({ name, unit, best, median, target }) => [
      name,
      write(best, unit),
      write(median, unit),
      write(target, unit),
      unit,
    ]),
  );
}

const formatProblems = (problems: readonly string[], width: number): string =>
  problems.map((problem) => `${wrapText(`problem: ${problem}`, width, '  ')}\n`).join('');

/** Lines of at most `width` columns, but for names that are longer. */
export function formatGpuBench(report: GpuReport, width: number): string {
  return [
    `${formatHead(report, width)}\n`,
    formatLimits(report),
    formatCases(report.cases, width),
    formatWinners(report.winners),
    formatTransfers(report.transfers),
    formatFigures(report.figures),
    formatProblems(report.problems, width),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
