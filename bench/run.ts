// Runs the suite: machine, peaks, then every case in turn.
import { runtime } from '../lib/runtime';
import { SUITES } from './contestant';
import { readCpuState } from './cpu_state';
import { effortOf } from './effort';
import { runLatency } from './latency';
import { describeMachine } from './machine';
import { coldBytes, measurePeaks, type Peaks } from './peaks';
import { findOnnxRuntime } from './peers/onnxruntime';
import { type Plan, planOf, type Selection } from './plan';
import { type BenchReport, REPORT_FORMAT } from './report_types';
import { runCaseTwice } from './run_case_twice';
import { summarizeCases } from './summary';
import { runScaling } from './thread_scaling';

export interface BenchOptions extends Selection {
  /** Seconds that the rounds of each case go on. Default: by `quick`. */
  readonly seconds?: number | undefined;
  /** Threads of octavo and of its peers. */
  readonly threads: number;
  /** Peaks that were measured already; otherwise they are measured first. */
  readonly peaks?: Peaks;
  /** Called before each step, the peaks being the first. */
  readonly onStep?: (step: { done: number; total: number; name: string }) => void;
}

/** Runs the selected cases one after the other. `runtime.threads` is afterwards what it was before. */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const plan = planOf(options);
  const threadsBefore = runtime.threads;
  try {
    runtime.threads = options.threads;
    return await runPlan(plan, options, threadsBefore);
  } finally {
    runtime.threads = threadsBefore;
  }
}

/** Runs `run` for each of `items` after announcing it; announcements go on from those made so far. */
class Steps {
  private done = 0;
  constructor(
    private readonly total: number,
    private readonly onStep: BenchOptions['onStep'],
  ) {}

  announce(name: string): void {
    this.onStep?.({ done: this.done, total: this.total, name });
    this.done += 1;
  }

  async runAll<T extends { readonly name: string }, R>(
    items: readonly T[],
    run: (item: T) => Promise<R>,
  ): Promise<R[]> {
    const results: R[] = [];
    for (const item of items) {
      this.announce(item.name);
      results.push(await run(item));
    }
    return results;
  }
}

async function runPlan(plan: Plan, options: BenchOptions, allThreads: number): Promise<BenchReport> {
  const { threads, quick } = options;
  const effort = effortOf(quick, options.seconds);
  const { limits } = effort;
  const machine = describeMachine();
  const before = readCpuState();
  const peer = findOnnxRuntime(threads);
  const steps = new Steps(1 + plan.cases.length + plan.scaling.length + plan.latency.length, options.onStep);
  steps.announce('peaks');
  const peaks = options.peaks ?? (await measurePeaks(machine.caches, { ...limits, budget: limits.budget / 3 }));
  const context = { ...effort, threads, coldBytes: coldBytes(machine.caches), onnxruntime: peer.factory };
  const cases = await steps.runAll(plan.cases, (one) => runCaseTwice(one, { context, peaks, limits }));
  const scaling = await steps.runAll(plan.scaling, (one) => runScaling(one, allThreads, limits));
  runtime.threads = allThreads; // a service would not hold calls back
  const load = { threads: allThreads, seconds: effort.loadSeconds, inFlight: effort.inFlight };
  const { factory: onnxruntime } = findOnnxRuntime(allThreads);
  const latency = await steps.runAll(plan.latency, (one) => runLatency(one, { ...load, onnxruntime }));
  return {
    format: REPORT_FORMAT,
    machine,
    cpuStates: { before, after: readCpuState() },
    settings: {
      suites: options.suite === 'all' ? SUITES : [options.suite],
      filter: options.filter ?? null,
      quick,
      threads,
    },
    peers: { onnxruntime: peer.factory?.title ?? peer.reason ?? 'not found' },
    peaks,
    cases,
    scaling,
    latency,
    summary: summarizeCases(cases),
  };
}
