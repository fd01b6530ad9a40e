// Runs the suite on a GPU: the card's limits, then every case in turn, then transfers.
import { makeError, OctavoError } from '../../lib/errors';
import { describeMachine } from '../machine';
import type { RoundLimits } from '../rounds';
import { readCard } from './card';
import type { GpuCase } from './contestant';
import { figuresOf } from './figures';
import { gemmCases } from './gemm_cases';
import { type Gpu, openGpu } from './gpu';
import { layerCases } from './layer_cases';
import { LimitLoops, measureLimits } from './limits';
import { passCases } from './pass_cases';
import {
  GPU_REPORT_FORMAT,
  type GpuCaseReport,
  type GpuDescription,
  type GpuReport,
  type TransferReport,
} from './report_types';
import { type GpuCaseContext, runGpuCase } from './run_gpu_case';
import { measureTransfers } from './transfers';
import { winnerCases, winnersOf } from './winner_cases';

export interface GpuBenchOptions {
  readonly suite: 'gemm' | 'linear' | 'quantize' | 'all';
  /** Only cases whose name contains this text, in any case of letters; transfers are then left out. */
  readonly filter?: string | undefined;
  /** Few and short rounds, without the heavy cases unless a filter asks for them. */
  readonly quick: boolean;
  /** Seconds that the rounds of each case go on. Default: by `quick`. */
  readonly seconds?: number | undefined;
  /** What the report is to say that it was made with. */
  readonly command: string;
  /** All sizes are divided by it, for tests on the emulated GPU. Default: 1. */
  readonly shrink?: number | undefined;
  /** Called before each step, the limits being the first. */
  readonly onStep?: (step: { done: number; total: number; name: string }) => void;
}

const FULL: RoundLimits = { budget: 1.5, minRounds: 8, maxRounds: 100, minSample: 0.005, warmUp: 0.2 };
const QUICK: RoundLimits = { budget: 0.3, minRounds: 4, maxRounds: 30, minSample: 0.002, warmUp: 0.05 };
/** The emulated GPU has no clock: one launch is as good as many. */
const EMULATED: RoundLimits = { budget: 0, minRounds: 1, maxRounds: 1, minSample: 0, warmUp: 0 };

function roundsOf({ quick, seconds, shrink = 1 }: GpuBenchOptions): RoundLimits {
  if (shrink > 1) return EMULATED;
  const limits = quick ? QUICK : FULL;
  return seconds === undefined
    ? limits
    : { ...limits, budget: seconds, maxRounds: Math.max(limits.maxRounds, 100 * seconds) };
}

/** The cases that are asked for. Throws ERR_RANGE if there are none. */
function select(gpu: Gpu, { suite, filter = '', quick }: GpuBenchOptions): GpuCase[] {
  const all = [...gemmCases(gpu), ...winnerCases(gpu), ...layerCases(gpu), ...passCases(gpu)];
  const found = all
    .filter((one) => suite === 'all' || one.suite === suite)
    .filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()))
    .filter(({ heavy }) => !(quick && filter === '' && heavy === true));
  if (found.length > 0) return found;
  throw makeError('ERR_RANGE', `no case on the GPU has "${filter}" in its name; one is "${all[0]?.name}"`);
}

function describeGpu({ device, driver, l2Bytes }: Gpu): GpuDescription {
  return { ...device.info, driver, l2Bytes, card: readCard(device.info.uuid) };
}

/** What was wrong with contestants that were not timed. */
const problemsOf = ({ name, contestants }: GpuCaseReport): string[] =>
  contestants
    .filter(({ status }) => status === 'wrong' || status === 'failed')
    .map((one) => `${name}, ${one.name}: ${one.status}: ${one.note}`);

/** Runs all cases. One that throws is a problem among others; after a lost GPU there are no more. */
async function runCases(
  cases: readonly GpuCase[],
  context: GpuCaseContext,
  announce: (one: GpuCase, index: number) => void,
): Promise<{ reports: GpuCaseReport[]; problems: string[] }> {
  const reports: GpuCaseReport[] = [];
  const problems: string[] = [];
  for (const [i, one] of cases.entries()) {
    announce(one, i);
    try {
      const report = await runGpuCase(one, context);
      reports.push(report);
      problems.push(...problemsOf(report));
    } catch (error) {
      problems.push(`${one.name}: ${(error as Error).message}`);
      if (error instanceof OctavoError && error.code === 'ERR_DEVICE') break;
    }
  }
  return { reports, problems };
}

/** None if the GPU is lost. */
async function transfersOf(gpu: Gpu, rounds: RoundLimits, problems: string[]): Promise<TransferReport[]> {
  try {
    return await measureTransfers(gpu, rounds);
  } catch (error) {
    problems.push(`transfers: ${(error as Error).message}`);
    return [];
  }
}

async function runOn(gpu: Gpu, options: GpuBenchOptions): Promise<GpuReport> {
  const { suite, filter = '', quick, command, onStep } = options;
  const rounds = roundsOf(options);
  const cases = select(gpu, options);
  const withTransfers = suite === 'all' && filter === '';
  const total = 1 + cases.length + (withTransfers ? 1 : 0);
  const loops = new LimitLoops(gpu);
  try {
    onStep?.({ done: 0, total, name: 'limits' });
    const limits = await measureLimits(gpu, loops, rounds);
    const announce = (one: GpuCase, i: number) => onStep?.({ done: 1 + i, total, name: one.name });
    const { reports, problems } = await runCases(cases, { gpu, loops, limits, rounds }, announce);
    if (withTransfers) onStep?.({ done: total - 1, total, name: 'transfers' });
    return {
      format: GPU_REPORT_FORMAT,
      command,
      machine: describeMachine(),
      gpu: describeGpu(gpu),
      settings: { suite, filter: filter === '' ? null : filter, quick },
      limits,
      cases: reports,
      winners: winnersOf(reports),
      transfers: withTransfers ? await transfersOf(gpu, rounds, problems) : [],
      figures: figuresOf(gpu, reports, limits),
      problems,
    };
  } finally {
    loops.dispose();
  }
}

/**
 * Measures the first GPU.
 * @throws ERR_UNSUPPORTED with the reason where there is none; ERR_RANGE if nothing is selected
 */
export async function runGpuBench(options: GpuBenchOptions): Promise<GpuReport> {
  const gpu = await openGpu(0, options.shrink ?? 1);
  try {
    return await runOn(gpu, options);
  } finally {
    gpu.device.dispose();
  }
}
