// The shape of the suite's report: what `--json` writes, and what the table is printed from.
import type { BoundKind } from './bounds';
import type { MemoryKind, Suite } from './contestant';
import type { CpuStates } from './cpu_state';
import type { LatencyReport } from './latency';
import type { Machine } from './machine';
import type { Peaks, Rate } from './peaks';
import type { Summary } from './statistics';
import type { BenchSummary } from './summary';
import type { ScalingReport } from './thread_scaling';

export const REPORT_FORMAT = 'octavo bench 1';

export interface ContestantReport {
  readonly name: string;
  /** 'wrong': its result differs from octavo's, so it was not timed. 'failed': it threw. `note` says more. */
  readonly status: 'timed' | 'wrong' | 'failed';
  readonly note: string | null;
  /** Seconds per call; null unless timed, as everything below. */
  readonly seconds: Summary | null;
  readonly callsPerSample: number | null;
  /** Operations per second (2mnk / t), or bytes per second for work without arithmetic. */
  readonly rate: (Rate & { readonly unit: 'OPS' | 'FLOPS' | 'B/s' }) | null;
  /** Of one call: operations, bytes read plus written, and bytes gone through before calls meet the same again. */
  readonly work: { readonly operations: number; readonly bytes: number; readonly resident: number } | null;
  /** Bytes read plus written, per second. */
  readonly bandwidth: Rate | null;
  /** Fraction of the bound that was measured beside it: best against best, and the median of the rounds' fractions. */
  readonly ofBound: (Rate & { readonly kind: BoundKind; readonly level: string | null }) | null;
  /** The contestant that `ratio` refers to: for a peer octavo's with the same types, for others the case's first. */
  readonly baseline: string | null;
  /** Its time over its baseline's, best over best and the median of what rounds show: above 1 the baseline is faster. */
  readonly ratio: Rate | null;
}

/** A limit as measured in the rounds of a case, per second, of one thread. */
export interface BoundReport extends Rate {
  readonly kind: BoundKind;
  readonly unit: 'OPS' | 'B/s';
  /** Bytes that the memory loop went through, and the level that holds them; 0 and null for arithmetic. */
  readonly bytes: number;
  readonly level: string | null;
  readonly memory: MemoryKind | null;
}

export interface CaseReport {
  readonly suite: Suite;
  readonly family: string;
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly rounds: number;
  readonly contestants: readonly ContestantReport[];
  readonly bounds: readonly BoundReport[];
}

export interface BenchReport {
  /** Which form of report this is; a reader refuses others. */
  readonly format: typeof REPORT_FORMAT;
  readonly machine: Machine;
  /** Clock, temperature and throttling around the run; null in reports that did not look. */
  readonly cpuStates: CpuStates | null;
  readonly settings: {
    readonly suites: readonly Suite[];
    readonly filter: string | null;
    readonly quick: boolean;
    readonly threads: number;
  };
  /** Name and version of each peer that was found, or why it was not. */
  readonly peers: { readonly onnxruntime: string };
  readonly peaks: Peaks;
  readonly cases: readonly CaseReport[];
  /** With the threads of the settings, but for these two. */
  readonly scaling: readonly ScalingReport[];
  readonly latency: readonly LatencyReport[];
  readonly summary: BenchSummary;
}
