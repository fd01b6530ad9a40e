// The shape of the report on a GPU: what `--json` writes, and what the table is printed from.
import type { Machine } from '../machine';
import type { Rate } from '../peaks';
import type { Summary } from '../statistics';
import type { Card } from './card';
import type { GpuWork } from './contestant';
import type { GpuLimits, LimitKind } from './limits';

export const GPU_REPORT_FORMAT = 'octavo bench cuda 1';

export interface GpuDescription {
  readonly index: number;
  readonly name: string;
  readonly computeCapability: string;
  readonly multiprocessors: number;
  readonly memoryBytes: number;
  readonly l2Bytes: number;
  readonly uuid: string;
  /** The CUDA version that the driver is for. */
  readonly driver: string;
  /** Null where cuBLASLt is not used. */
  readonly cublasLt: string | null;
  /** What nvidia-smi says of it; null where it says nothing. */
  readonly card: Card | null;
}

export interface GpuContestantReport {
  readonly name: string;
  /** 'wrong': its result differs from the CPU's, so it was not timed. 'absent': it is not for this GPU or shape. */
  readonly status: 'timed' | 'wrong' | 'failed' | 'absent';
  readonly note: string | null;
  /** Seconds of one launch by the GPU's events; null unless timed, as everything below. */
  readonly seconds: Summary | null;
  readonly launchesPerSample: number | null;
  readonly work: GpuWork | null;
  /** Operations per second, or bytes where there are none. */
  readonly rate: (Rate & { readonly unit: 'OPS' | 'B/s' }) | null;
  readonly bandwidth: Rate | null;
  /** Its part of the limit that it meets first, measured in the same rounds. */
  readonly ofLimit: (Rate & { readonly kind: LimitKind }) | null;
  /** Time over that of `baseline`. */
  readonly baseline: string | null;
  readonly ratio: Rate | null;
}

export interface GpuCaseReport {
  readonly suite: string;
  readonly family: string;
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly rounds: number;
  readonly contestants: readonly GpuContestantReport[];
  /** What the limits were in the rounds of this case, per second. */
  readonly limits: Readonly<Partial<Record<LimitKind, Rate>>>;
}

export interface TransferReport {
  readonly name: string;
  readonly bytes: number;
  readonly seconds: Summary;
  readonly rate: Rate;
}

/** One row of the table of winners: seconds of each kernel at its best, null where it does not run. */
export interface WinnerRow {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly seconds: Readonly<Record<string, number | null>>;
  readonly winner: string | null;
  /** What the product itself takes, by its own choice. */
  readonly chosen: number | null;
}

/** A figure with what it should reach. */
export interface GpuFigure {
  readonly name: string;
  readonly unit: '%' | 'x';
  readonly best: number;
  readonly median: number;
  readonly target: number;
}

export interface GpuReport {
  readonly format: typeof GPU_REPORT_FORMAT;
  readonly command: string;
  readonly machine: Machine;
  readonly gpu: GpuDescription;
  readonly settings: { readonly suite: string; readonly filter: string | null; readonly quick: boolean };
  readonly limits: GpuLimits;
  readonly cases: readonly GpuCaseReport[];
  readonly winners: readonly WinnerRow[];
  readonly transfers: readonly TransferReport[];
  readonly figures: readonly GpuFigure[];
  /** Wrong results, failures, and cases that were given up; none if all is well. */
  readonly problems: readonly string[];
}
