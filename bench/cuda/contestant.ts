// What a case on the GPU sets against each other: kernels that do the same work, each with a check of its result.
import type { Gpu } from './gpu';

export interface GpuWork {
  /** Multiplications and additions of 8-bit values; 0 for work that only moves bytes. */
  readonly operations: number;
  /** Bytes of the GPU's memory that are read plus those written, each counted once. */
  readonly bytes: number;
  /** Whether nearly all bytes are read, or as many are written too. */
  readonly traffic: 'read' | 'copy';
}

export interface GpuContestant {
  /** 'octavo int32', 'cuBLASLt int32'. */
  readonly name: string;
  /** Whom its ratio refers to. Default: the case's first contestant. */
  readonly baseline?: string;
  readonly work: GpuWork;
  /** Puts the work on the device's stream and returns; `turn` counts its calls, so that operands can take turns. */
  readonly launch: (turn: number) => void;
  /** What is wrong with the result of launch(0), or undefined if it is right. */
  readonly verify: () => Promise<string | undefined>;
}

export interface PreparedCase {
  readonly contestants: readonly GpuContestant[];
  readonly dispose: () => void;
}

export interface GpuCase {
  readonly suite: 'gemm' | 'linear' | 'quantize';
  /** What it does: cases that differ in their sizes alone are one family. */
  readonly family: string;
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Left out of a quick run, unless a filter asks for it. */
  readonly heavy?: boolean;
  readonly prepare: () => Promise<PreparedCase>;
}

export type GpuCases = (gpu: Gpu) => GpuCase[];

/** Everything with a dispose(), disposed of together. */
export class Disposables {
  private readonly all: { dispose(): void }[] = [];

  add<T extends { dispose(): void }>(one: T): T {
    this.all.push(one);
    return one;
  }

  readonly dispose = (): void => {
    for (const one of this.all.splice(0).reverse()) one.dispose();
  };
}
