// What a run consists of: the cases of the suites that are asked for.
import { makeError } from '../lib/errors';
import { gemmCases } from './cases/gemm_cases';
import { linearCases } from './cases/linear_cases';
import { quantizeCases } from './cases/quantize_cases';
import type { BenchCase, Suite } from './contestant';
import { type LatencyCase, latencyCases } from './latency';
import { type ScalingCase, scalingCases } from './thread_scaling';

export interface Selection {
  readonly suite: Suite | 'all';
  /** Only cases whose name contains this text, in any case of letters. */
  readonly filter?: string | undefined;
  /** Without the cases that take seconds even once, unless a filter asks for them. */
  readonly quick: boolean;
  /** Only the cases of these names, if given. */
  readonly names?: ReadonlySet<string>;
}

export interface Plan {
  readonly cases: readonly BenchCase[];
  readonly scaling: readonly ScalingCase[];
  readonly latency: readonly LatencyCase[];
}

type Selectable = Pick<BenchCase, 'suite' | 'name' | 'heavy'>;

function select<T extends Selectable>(all: readonly T[], { suite, filter = '', quick, names }: Selection): T[] {
  if (names !== undefined) return all.filter(({ name }) => names.has(name));
  const found = all
    .filter((one) => suite === 'all' || one.suite === suite)
    .filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  return quick && filter === '' ? found.filter(({ heavy }) => heavy !== true) : found;
}

const allCases = (): BenchCase[] => [...gemmCases(), ...linearCases(), ...quantizeCases()];

/** @throws ERR_RANGE if nothing is selected */
export function planOf(selection: Selection): Plan {
  const cases = select(allCases(), selection);
  const scaling = select(scalingCases(), selection);
  const latency = select(latencyCases(), selection);
  if (cases.length + scaling.length + latency.length > 0) return { cases, scaling, latency };
  const { suite, filter } = selection;
  const where = suite === 'all' ? '' : ` of ${suite}`;
  const example = select(allCases(), { suite, quick: false })[0]?.name;
  throw makeError('ERR_RANGE', `no case${where} has "${filter}" in its name; one is "${example}"`);
}
