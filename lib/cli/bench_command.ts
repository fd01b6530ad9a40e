// `octavo bench`: how near the kernels come to the machine's own limits, and how their peers do in the same run.
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { Comparison } from '../../bench/compare';
import type { BenchReport } from '../../bench/report_types';
import type { BenchOptions } from '../../bench/run';
import { benchGpu } from './bench_cuda';
import { formatBench, WIDEST } from './bench_table';
import { formatComparison } from './compare_table';
import { EXIT } from './exit';
import { checkTarget, writeJson, writeText } from './output_file';
import { startProgress } from './progress';

// One paragraph: the lines are broken to the terminal's width.
const DESCRIPTION =
  "Measure this machine's arithmetic peak and memory bandwidth, then matrix products, layers, quantization, thread " +
  'scaling and concurrent calls beside onnxruntime-node (where it is installed) and plain typed-array loops. ' +
  'Contestants take turns in one process, and every result is checked before it is timed.';

const AFTER_HELP = `
Sizes are m x n x k: C[m,n] = A[m,k] B[k,n]; a layer has k inputs, n outputs.
A full run takes about four minutes and wants an idle machine; --quick takes
half a minute and leaves the largest sizes out. With --compare, what seems
slower is measured twice more; the exit code is 1 if a figure stays slower by
more than the noise that the runs measured. With --device cuda the first GPU is
measured, its own limits first, beside cuBLASLt where it is installed.

Examples:
  octavo bench --quick
  octavo bench gemm --filter 1024x1024x1024
  octavo bench --json new.json --html new.html --compare old.json
  octavo bench --from new.json --html new.html
  octavo bench --device cuda --json gpu.json`;

const SUITES = ['gemm', 'linear', 'quantize', 'all'] as const satisfies readonly BenchOptions['suite'][];
const MAX_THREADS = 1024;
const MAX_SECONDS = 600;

interface Flags {
  device: 'cpu' | 'cuda';
  quick?: boolean;
  json?: string;
  html?: string;
  compare?: string;
  from?: string;
  threads: number;
  seconds?: number;
  filter?: string;
}

function parseThreads(text: string): number {
  const threads = Number(text);
  if (/^\d+$/.test(text) && threads >= 1 && threads <= MAX_THREADS) return threads;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_THREADS}.`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^[\d.]+$/.test(text) && seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError(`It must be a number above 0, at most ${MAX_SECONDS}.`);
}

/** Shows a bar on a terminal while `work` announces its steps. */
async function withProgress<T>(work: (onStep: NonNullable<BenchOptions['onStep']>) => Promise<T>): Promise<T> {
  const progress = startProgress(true);
  try {
    return await work(({ name, done, total }) => progress.update(name, done / total));
  } finally {
    progress.stop();
  }
}

/** What seems slower is measured this many times more before it is called so. */
const DOUBTS = 2;

interface Outcome {
  readonly report: BenchReport;
  readonly comparison?: Comparison;
}

/** Measures, and where there is an earlier report measures again what seems slower than in it. */
async function measure(options: BenchOptions, before: BenchReport | undefined): Promise<Outcome> {
  // Imported here, so that help and wrong usage need no native addon.
  const { runBench } = await import('../../bench/run.js');
  const { remeasure } = await import('../../bench/remeasure.js');
  const { compareReports } = await import('../../bench/compare.js');
  let report = await withProgress((onStep) => runBench({ ...options, onStep }));
  if (before === undefined) return { report };
  for (let doubt = 0; ; doubt++) {
    const comparison = compareReports(before, report);
    const slower = comparison.changes.filter(({ verdict }) => verdict === 'slower').map(({ name }) => name);
    if (slower.length === 0 || doubt === DOUBTS) return { report, comparison };
    const seen = report;
    report = await withProgress((onStep) => remeasure(seen, new Set(slower), { ...options, onStep }));
  }
}

/** The report to show, and what it is compared with; files are looked at before the measurement. */
async function obtain(suite: BenchOptions['suite'], flags: Flags): Promise<Outcome> {
  const { readReport } = await import('../../bench/read_report.js');
  const before = flags.compare === undefined ? undefined : readReport(flags.compare);
  if (flags.from === undefined) {
    const { filter, threads, seconds, quick = false } = flags;
    return measure({ suite, filter, quick, threads, seconds }, before);
  }
  const report = readReport(flags.from);
  if (before === undefined) return { report };
  const { compareReports } = await import('../../bench/compare.js');
  return { report, comparison: compareReports(before, report) };
}

async function bench(suite: BenchOptions['suite'], flags: Flags, command: Command): Promise<void> {
  const { json, html } = flags;
  if (flags.device === 'cuda') return benchGpu(suite, flags, command);
  if (json === '-' && html === '-') command.error('error: --json and --html cannot both go to stdout');
  for (const target of [json, html]) if (target !== undefined) checkTarget(target);
  const { report, comparison } = await obtain(suite, flags);
  if (json !== undefined) writeJson(json, report);
  if (html !== undefined) {
    const { renderPage } = await import('../../bench/page/render_page.js');
    writeText(html, renderPage(report, comparison));
  }
  if (json !== '-' && html !== '-') {
    const width = Math.min(process.stdout.columns ?? WIDEST, WIDEST);
    const changes = comparison === undefined ? '' : `\n${formatComparison(comparison, width)}`;
    process.stdout.write(formatBench(report, width) + changes);
  }
  if (comparison?.changes.some(({ verdict }) => verdict === 'slower')) process.exitCode = EXIT.refused;
}

/** Adds the command to the program. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description(DESCRIPTION)
    .summary('measure the kernels, the machine and the peers')
    .addArgument(new Argument('[suite]', 'which part to run').choices(SUITES).default('all'))
    .addOption(new Option('--device <name>', 'what to measure').choices(['cpu', 'cuda']).default('cpu'))
    .option('--quick', 'few and short rounds, without the largest sizes')
    .option('--json <file>', 'write every figure to a file; - prints them instead of the table')
    .option('--html <file>', 'write a page with charts to a file; - prints it instead of the table')
    .option('--compare <file>', "an earlier run's --json file: tell what became slower or faster")
    .addOption(
      new Option('--from <file>', 'show a --json file instead of measuring').conflicts([
        'quick',
        'filter',
        'threads',
        'seconds',
      ]),
    )
    .option('--threads <n>', 'threads of octavo and its peers', parseThreads, 1)
    .option('--seconds <s>', 'time for the rounds of each case (default: 2, quick: 0.25)', parseSeconds)
    .option('--filter <text>', 'only cases with this text in their name')
    .addHelpText('after', AFTER_HELP)
    .action((suite: BenchOptions['suite'], flags: Flags, command: Command) => bench(suite, flags, command));
}
