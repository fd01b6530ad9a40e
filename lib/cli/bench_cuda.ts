// `octavo bench --device cuda`: how near the kernels come to the GPU's own limits, beside cuBLASLt in the same run.
import type { Command } from 'commander';
import type { GpuBenchOptions } from '../../bench/cuda/run_cuda';
import { formatGpuBench } from './bench_cuda_table';
import { WIDEST } from './bench_table';
import { EXIT } from './exit';
import { checkTarget, writeJson } from './output_file';
import { startProgress } from './progress';

export interface GpuBenchFlags {
  readonly quick?: boolean;
  readonly json?: string;
  readonly seconds?: number;
  readonly filter?: string;
}

/** Options of the benchmark that mean nothing for a GPU. */
const FOR_THE_CPU = ['html', 'compare', 'from', 'threads'] as const;

/** What a test divides all sizes by, since the emulated GPU is slow. */
function shrinkOf(): number {
  const shrink = Number(process.env.OCTAVO_BENCH_SHRINK ?? 1);
  return Number.isInteger(shrink) && shrink >= 1 ? shrink : 1;
}

/** Measures, and writes the report; exit code 1 if a result was wrong. Exits with a usage error where an option is for the CPU alone. */
export async function benchGpu(suite: GpuBenchOptions['suite'], flags: GpuBenchFlags, command: Command): Promise<void> {
  for (const name of FOR_THE_CPU)
    if (command.getOptionValueSource(name) === 'cli')
      command.error(`error: option '--${name}' cannot be used with '--device cuda'`);
  const { json, filter, quick = false, seconds } = flags;
  if (json !== undefined) checkTarget(json);
  const { runGpuBench } = await import('../../bench/cuda/run_cuda.js');
  const progress = startProgress(true);
  try {
    const report = await runGpuBench({
      suite,
      filter,
      quick,
      seconds,
      command: `octavo ${process.argv.slice(2).join(' ')}`,
      shrink: shrinkOf(),
      onStep: ({ name, done, total }) => progress.update(name, done / total),
    });
    progress.stop();
    if (json !== undefined) writeJson(json, report);
    if (json !== '-') process.stdout.write(formatGpuBench(report, Math.min(process.stdout.columns ?? WIDEST, WIDEST)));
    if (report.problems.length > 0) process.exitCode = EXIT.refused;
  } finally {
    progress.stop();
  }
}
