// The benchmark's report as text of at most 100 columns; narrower terminals get fewer columns.
import { isDisturbed } from '../../bench/disturbance';
import { formatDigits, formatPercent, formatTime } from '../../bench/figures';
import type { BenchReport, CaseReport, ContestantReport } from '../../bench/report_types';
import type { BenchSummary, CaseFigure, FamilyFigures } from '../../bench/summary';
import { formatLatency, formatScaling } from './bench_load';
import { formatMachine, formatPeaks } from './bench_machine';
import { formatTable } from './text_table';
import { wrapText } from './wrap_text';

/** Longer lines are hard to follow. */
export const WIDEST = 100;

/** Number and unit. Work that its bytes limit is rated in bytes. */
function formatSpeed({ rate, bandwidth, ofBound }: ContestantReport): [string, string] {
  const isMemory = ofBound?.kind === 'read' || ofBound?.kind === 'copy';
  if (isMemory && bandwidth !== null) return [formatDigits(bandwidth.best / 1e9), 'GB/s'];
  return rate === null ? ['-', ''] : [formatDigits(rate.best / 1e9), `G${rate.unit}`];
}

/** 'int8', 'read L2', 'copy memory'. */
function formatBound(ofBound: ContestantReport['ofBound']): string {
  if (ofBound === null) return '-';
  return ofBound.level === null ? ofBound.kind : `${ofBound.kind} ${ofBound.level}`;
}

/** 0.98, 15.84, 118. */
const formatRatio = (ratio: number): string => ratio.toFixed(ratio >= 99.995 ? 0 : 2);

function contestantRow(contestant: ContestantReport): string[] {
  const { name, seconds, ofBound, ratio } = contestant;
  if (seconds === null) return [`  ${name}`, '-', '-', '-', '', '-', '-', '-', '-', '-'];
  return [
    `  ${name}`,
    formatTime(seconds.best),
    formatTime(seconds.median),
    ...formatSpeed(contestant),
    ofBound === null ? '-' : formatPercent(ofBound.best),
    ofBound === null ? '-' : formatPercent(ofBound.median),
    formatBound(ofBound),
    ratio === null ? '-' : formatRatio(ratio.best),
    ratio === null ? '-' : formatRatio(ratio.median),
  ];
}

function formatCases(cases: readonly CaseReport[], width: number): string {
  if (cases.length === 0) return '';
  const rows = cases.flatMap(({ name, contestants }) => [[name], ...contestants.map(contestantRow)]);
  const header = ['case', 'best', 'median', 'rate', '', '% best', 'median', 'of', 'ratio', 'median'];
  return formatTable(header, rows, { width, optional: [2, 6, 9] });
}

/** Lines of figures over the cases of each family, below its name; those of a single case say it all in their own line. */
function summaryRows(figures: readonly FamilyFigures[], show: (value: number) => string): string[][] {
  const several = figures.filter(({ count }) => count > 1);
  return [...new Set(several.map(({ family }) => family))].flatMap((family) => {
    const sizes = ({ name }: CaseFigure): string => name.slice(family.length).replace(/^,? /, '');
    const rows = several
      .filter((one) => one.family === family)
      .map(({ contestant, count, geometricMean, medianMean, least, most }) => [
        `  ${contestant}`,
        `${count}`,
        show(geometricMean),
        show(medianMean),
        show(least.value),
        sizes(least),
        show(most.value),
        sizes(most),
      ]);
    return [[family], ...rows];
  });
}

function formatSummary({ ratios, ofBound }: BenchSummary, width: number): string {
  const fit = { width, optional: [3, 6, 7] };
  const table = (title: string, rows: string[][]): string =>
    rows.length === 0 ? '' : formatTable([title, 'cases', 'mean', 'median', 'least', '', 'most', ''], rows, fit);
  return [
    table('ratio, all cases', summaryRows(ratios, formatRatio)),
    table('% of its limit', summaryRows(ofBound, formatPercent)),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

const LOAD_NOTES = [
  'async calls: in flight are as many calls as the column says; whenever one ends the next one starts.',
  'loop: how late a timer of 1 ms is meanwhile, that is how long others wait for the event loop.',
];

/** What is wrong with single figures. */
function formatFaults({ cases, peaks }: BenchReport): string[] {
  const untimed = cases.flatMap(({ name, contestants }) =>
    contestants.filter(({ note }) => note !== null).map((one) => `not timed: ${name}, ${one.name}: ${one.note}`),
  );
  const disturbed = cases.filter((one) => isDisturbed(one, peaks)).map(({ name }) => name);
  if (disturbed.length === 0) return untimed;
  const meaning = 'disturbed, not for quoting: others had the CPU, its limit was far below the peak above:';
  return [...untimed, `${meaning} ${disturbed.join(', ')}.`];
}

function formatNotes(report: BenchReport, width: number): string {
  const { settings, latency } = report;
  const { threads } = settings;
  const peak = threads === 1 ? '' : ` With ${threads} threads the limit is ${threads} times that of one thread.`;
  const paragraphs = [
    'Sizes are m x n x k. Weights are packed once, results go to memory that is there. Caches are hot (the same ' +
      'operands in each call) unless a line says cold, or has weights and one row: there as many copies take turns as exceed the last cache.',
    'rate: of the best time. %: of the limit in column "of", measured in the same rounds: instructions, or the bytes ' +
      'of a call read (or copied) where they lie, whichever takes longer. Best against best, and the median of what ' +
      `rounds show.${peak}`,
    "ratio: best time over that of the case's first line, and the median of what rounds show, each of which times " +
      'both; above 1 the first line is faster. A peer with s8xs8 or float32 refers to the line of octavo with the same ' +
      'types. Peers are called as their users do; what a call of theirs allocates shows in their medians.',
    ...(latency.length === 0 ? [] : LOAD_NOTES),
  ];
  return [...formatFaults(report), ...paragraphs].map((text) => wrapText(text, width)).join('\n');
}

/**
 * Machine, limits, one line for each contestant of each case, and means over the cases.
 * @param columns of the terminal; more than 100 are not used
 */
export function formatBench(report: BenchReport, columns = WIDEST): string {
  const width = Math.min(columns, WIDEST);
  const tables = [
    formatPeaks(report),
    formatCases(report.cases, width),
    formatSummary(report.summary, width),
    formatScaling(report),
    formatLatency(report, width),
  ];
  const sections = [`${formatMachine(report, width)}\n`, ...tables, `${formatNotes(report, width)}\n`];
  return sections.filter((section) => section !== '').join('\n');
}
