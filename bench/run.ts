// Runs the suite: machine, peaks, then every case in turn.
import { makeError } from '../lib/errors';
import { runtime } from '../lib/runtime';
import { gemmCases } from './cases/gemm_cases';
import { linearCases } from './cases/linear_cases';
import { quantizeCases } from './cases/quantize_cases';
import { type BenchCase, type CaseContext, SUITES, type Suite } from './contestant';
import { describeMachine } from './machine';
import { coldBytes, measurePeaks } from './peaks';
import { findOnnxRuntime } from './peers/onnxruntime';
import { type BenchReport, type CaseReport, REPORT_FORMAT } from './report_types';
import type { RoundLimits } from './rounds';
import { runCase } from './run_case';
import { summarizeCases } from './summary';

export interface BenchOptions {
  readonly suite: Suite | 'all';
  /** Only cases whose name contains this text, in any case of letters. */
  readonly filter?: string | undefined;
  /** Few and short rounds: figures to look at, not to quote. */
  readonly quick: boolean;
  /** Threads of octavo and of its peers. */
  readonly threads: number;
  /** Called before each step, the peaks being the first. */
  readonly onStep?: (step: { done: number; total: number; name: string }) => void;
}

const FULL: RoundLimits = { budget: 1.5, minRounds: 7, maxRounds: 200, minSample: 0.001, warmUp: 0.03 };
const QUICK: RoundLimits = { budget: 0.1, minRounds: 3, maxRounds: 20, minSample: 0.001, warmUp: 0.005 };
/** Operations that slow code is asked for at most in one call: a plain typed-array loop, and a peer's signed product. */
const SLOW_OPERATIONS = {
  full: { scalarOperations: 3e8, slowPeerOperations: 3e9 },
  quick: { scalarOperations: 5e7, slowPeerOperations: 3e8 },
};

function selectCases(options: BenchOptions): BenchCase[] {
  const filter = (options.filter ?? '').toLowerCase();
  const all = [...gemmCases(), ...linearCases(), ...quantizeCases()];
  const ofSuite = options.suite === 'all' ? all : all.filter(({ suite }) => suite === options.suite);
  const found = ofSuite.filter(({ name }) => name.toLowerCase().includes(filter));
  const cases = options.quick && filter === '' ? found.filter(({ heavy }) => !heavy) : found;
  if (cases.length > 0) return cases;
  const where = options.suite === 'all' ? '' : ` of ${options.suite}`;
  throw makeError('ERR_RANGE', `no case${where} has "${options.filter}" in its name; one is "${ofSuite[0]?.name}"`);
}

/** Runs the selected cases one after the other. `runtime.threads` is afterwards what it was before. */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const cases = selectCases(options);
  const threadsBefore = runtime.threads;
  try {
    runtime.threads = options.threads;
    return await runCases(cases, options);
  } finally {
    runtime.threads = threadsBefore;
  }
}

async function runCases(cases: readonly BenchCase[], options: BenchOptions): Promise<BenchReport> {
  const { threads, quick } = options;
  const limits = quick ? QUICK : FULL;
  const machine = describeMachine();
  const onnxruntime = findOnnxRuntime(threads);
  const total = cases.length + 1;
  options.onStep?.({ done: 0, total, name: 'peaks' });
  const peaks = await measurePeaks(machine.caches, limits);
  const context: CaseContext = {
    threads,
    ...(quick ? SLOW_OPERATIONS.quick : SLOW_OPERATIONS.full),
    coldBytes: coldBytes(machine.caches),
    onnxruntime: onnxruntime.factory,
  };
  const reports: CaseReport[] = [];
  for (const benchCase of cases) {
    options.onStep?.({ done: reports.length + 1, total, name: benchCase.name });
    reports.push(await runCase(benchCase, { context, peaks, limits }));
  }
  return {
    format: REPORT_FORMAT,
    machine,
    settings: {
      suites: options.suite === 'all' ? SUITES : [options.suite],
      filter: options.filter ?? null,
      quick,
      threads,
    },
    peers: { onnxruntime: onnxruntime.factory?.title ?? onnxruntime.reason ?? 'not found' },
    peaks,
    cases: reports,
    summary: summarizeCases(reports),
  };
}
