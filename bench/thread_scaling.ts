// How the time of one product falls with the threads that share it.
import { matmulInt8, packWeights } from '../lib/matmul';
import { runtime } from '../lib/runtime';
import { Tensor } from '../lib/tensor';
import { cube, type GemmShape, showShape } from './cases/gemm_cases';
import { createGemmOperands } from './cases/gemm_operands';
import type { Rate } from './peaks';
import { callPlayer, type Player, playRounds, type RoundLimits, sampleSize, samplesOf } from './rounds';
import { pairedRatio, type Summary, summarize } from './statistics';

export interface ScalingPoint {
  readonly threads: number;
  /** Seconds per call. */
  readonly seconds: Summary;
  /** Operations per second of the best. */
  readonly rate: number;
  /** The time of one thread over that of this many: best over best, and the median of the rounds' ratios. */
  readonly speedup: Rate;
}

export interface ScalingReport {
  readonly name: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly points: readonly ScalingPoint[];
}

export interface ScalingCase {
  readonly suite: 'gemm';
  readonly name: string;
  readonly shape: GemmShape;
  readonly heavy: boolean;
}

export function scalingCases(): ScalingCase[] {
  return [1024, 2048, 4096].map((size) => {
    const shape = cube(size);
    return { suite: 'gemm', name: `threads, int8 ${showShape(shape)}`, shape, heavy: size > 1024 };
  });
}

/** 1, 2, 3, 4, then steps of a half and doublings: 6, 8, 12, 16, ... and the most itself. */
export function threadCounts(most: number): number[] {
  const counts = new Set([1, 2, 3]);
  for (let count = 4; count <= most; count *= 2) counts.add(count).add(count + count / 2);
  counts.add(most);
  return [...counts].filter((count) => count <= most).sort((a, b) => a - b);
}

/** Calls before each sample, however long: the threads are new, and what their caches hold is another's. */
const WARM_UP = 4;

/** A player with a number of threads of its own, set before its calls are timed. */
function threadedPlayer(player: Player, threads: number): Player {
  const sample = (): number | Promise<number> => {
    runtime.threads = threads;
    return player.sample();
  };
  return { sample };
}

/** Times the product with each number of threads, in turn. `runtime.threads` is afterwards another one. */
export async function runScaling(
  { name, shape }: ScalingCase,
  mostThreads: number,
  limits: RoundLimits,
): Promise<ScalingReport> {
  const { m, n, k } = shape;
  const { a, b, work } = createGemmOperands(shape);
  const weights = packWeights(new Tensor('int8', b, [k, n]));
  const x = new Tensor('uint8', a, [m, k]);
  const options = { out: new Int32Array(m * n) };
  const call = { kind: 'sync', run: () => void matmulInt8(x, weights, options) } as const;
  try {
    const counts = threadCounts(mostThreads);
    const players: Player[] = [];
    for (const threads of counts) {
      runtime.threads = threads;
      const size = await sampleSize(call, limits);
      players.push(threadedPlayer(callPlayer(call, { ...size, refresh: Math.max(WARM_UP, size.refresh) }), threads));
    }
    const tracks = await playRounds(players, limits);
    const [single = []] = tracks;
    const singleBest = summarize(samplesOf(single)).best;
    const points = tracks.map((track, i): ScalingPoint => {
      const seconds = summarize(samplesOf(track));
      const { best } = seconds;
      const speedup = { best: singleBest / best, median: pairedRatio(single, track) };
      return { threads: counts[i] ?? 0, seconds, rate: work.operations / best, speedup };
    });
    return { name, sizes: { ...shape }, points };
  } finally {
    weights.dispose();
  }
}
