// `octavo bench`: how near the kernels come to the machine's own limits, and how their peers do in the same run.
import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { BenchOptions } from '../../bench/run';
import { formatBench } from './bench_table';
import { checkJsonTarget, writeJson } from './json_output';
import { startProgress } from './progress';

// One paragraph: the lines are broken to the terminal's width.
const DESCRIPTION =
  "Measure this machine's arithmetic peak and memory bandwidth, then matrix products, layers and quantization " +
  'beside onnxruntime-node (where it is installed) and plain typed-array loops. Contestants take turns in one ' +
  'process, and every result is checked before it is timed.';

const AFTER_HELP = `
Sizes are m x n x k: C[m,n] = A[m,k] B[k,n]; a layer has k inputs, n outputs.
A full run takes minutes and wants an idle machine; --quick is for a first look.

Examples:
  octavo bench gemm --filter 1024x1024x1024
  octavo bench --threads 4 --json results.json`;

const SUITES = ['gemm', 'linear', 'quantize', 'all'] as const satisfies readonly BenchOptions['suite'][];
const MAX_THREADS = 1024;

interface Flags {
  quick?: boolean;
  json?: string;
  threads: number;
  filter?: string;
}

function parseThreads(text: string): number {
  const threads = Number(text);
  if (/^\d+$/.test(text) && threads >= 1 && threads <= MAX_THREADS) return threads;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_THREADS}.`);
}

async function bench(suite: BenchOptions['suite'], flags: Flags): Promise<void> {
  const { json, threads, filter, quick = false } = flags;
  if (json !== undefined) checkJsonTarget(json);
  // Imported here, so that help and wrong usage need no native addon.
  const { runBench } = await import('../../bench/run.js');
  const progress = startProgress(true);
  let report: Awaited<ReturnType<typeof runBench>>;
  try {
    report = await runBench({
      suite,
      filter,
      quick,
      threads,
      onStep: ({ name, done, total }) => progress.update(name, done / total),
    });
  } finally {
    progress.stop();
  }
  if (json !== undefined) writeJson(json, report);
  if (json !== '-') process.stdout.write(formatBench(report));
}

/** Adds the command to the program. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description(DESCRIPTION)
    .summary('measure the kernels, the machine and the peers')
    .addArgument(new Argument('[suite]', 'which part to run').choices(SUITES).default('all'))
    .option('--quick', 'few and short rounds')
    .option('--json <file>', 'write every figure to a file; - prints them instead of the table')
    .option('--threads <n>', 'threads of octavo and its peers', parseThreads, 1)
    .option('--filter <text>', 'only cases with this text in their name')
    .addHelpText('after', AFTER_HELP)
    .action(bench);
}
