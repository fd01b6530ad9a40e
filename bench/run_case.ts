// Runs one case: checks every contestant's result, then times those that are right, in turn, beside their bounds.
import { makeError } from '../lib/errors';
import { type Bound, boundKey, boundOf, boundPlayer, unitsOf } from './bounds';
import type { BenchCase, CaseContext, Contestant, Work } from './contestant';
import type { Peaks, Rate } from './peaks';
import type { BoundReport, CaseReport, ContestantReport } from './report_types';
import { callPlayer, playRounds, type RoundLimits, sampleSize } from './rounds';
import { type Summary, summarize } from './statistics';

export interface CaseOptions {
  readonly context: CaseContext;
  readonly peaks: Peaks;
  readonly limits: RoundLimits;
}

interface Verdict {
  readonly contestant: Contestant;
  readonly status: 'timed' | 'wrong' | 'failed';
  readonly note: string | null;
}

async function judge(contestant: Contestant): Promise<Verdict> {
  try {
    await contestant.call.run();
    const wrong = contestant.verify();
    return { contestant, status: wrong === undefined ? 'timed' : 'wrong', note: wrong ?? null };
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n', 1);
    return { contestant, status: 'failed', note: line };
  }
}

function runnersOf(verdicts: readonly Verdict[]): Contestant[] {
  return verdicts.filter(({ status }) => status === 'timed').map(({ contestant }) => contestant);
}

/** octavo's own result must be right: ratios refer to it, and so do the checks of the others. */
function checkFirst(benchCase: BenchCase, first: Verdict | undefined): void {
  if (first === undefined || first.status === 'timed') return;
  throw makeError('ERR_NATIVE', `${benchCase.name}: ${first.contestant.name} is ${first.status}: ${first.note}`);
}

/** A limit with what was measured of it, in seconds per unit. */
interface MeasuredBound {
  readonly bound: Bound;
  readonly summary: Summary;
}

const perSecond = ({ best, median }: { best: number; median: number }, units = 1): Rate => ({
  best: units / best,
  median: units / median,
});

function rateOf(work: Work, seconds: Summary): NonNullable<ContestantReport['rate']> {
  if (work.operations === 0) return { ...perSecond(seconds, work.bytes), unit: 'B/s' };
  return { ...perSecond(seconds, work.operations), unit: work.arithmetic === 'int8' ? 'OPS' : 'FLOPS' };
}

function fractionOf(
  work: Work,
  seconds: Summary,
  measured: MeasuredBound,
  threads: number,
): ContestantReport['ofBound'] {
  const { bound, summary } = measured;
  const least = unitsOf(work, bound) / (bound.bytes === 0 ? threads : 1);
  return {
    kind: bound.kind,
    level: bound.level,
    best: (least * summary.best) / seconds.best,
    median: (least * summary.median) / seconds.median,
  };
}

function reportBound({ bound, summary }: MeasuredBound): BoundReport {
  return { ...bound, unit: bound.bytes === 0 ? 'OPS' : 'B/s', ...perSecond(summary) };
}

interface Timed {
  readonly seconds: readonly Summary[];
  readonly calls: readonly number[];
  readonly bounds: ReadonlyMap<string, MeasuredBound>;
}

async function timeAll(contestants: readonly Contestant[], options: CaseOptions): Promise<Timed> {
  const bounds = new Map<string, Bound>();
  const players = [];
  const calls: number[] = [];
  for (const { call, settle, work } of contestants) {
    const size = await sampleSize(call, options.limits);
    players.push(callPlayer(call, size, settle));
    calls.push(size.calls);
    const bound = boundOf(work, options.peaks, options.context.threads);
    if (bound !== undefined) bounds.set(boundKey(bound), bound);
  }
  for (const bound of bounds.values()) players.push(boundPlayer(bound));
  const summaries = (await playRounds(players, options.limits)).map(summarize);
  const measured = [...bounds].map(([key, bound], i): [string, MeasuredBound] => {
    const summary = summaries[contestants.length + i] ?? summarize([]);
    return [key, { bound, summary }];
  });
  return { seconds: summaries.slice(0, contestants.length), calls, bounds: new Map(measured) };
}

/** The place of the contestant that a ratio refers to; -1 if it was not timed. */
function baseOf({ baseline }: Contestant, runners: readonly Contestant[]): number {
  return baseline === undefined ? 0 : runners.findIndex(({ name }) => name === baseline);
}

const NOT_TIMED = {
  seconds: null,
  callsPerSample: null,
  rate: null,
  work: null,
  bandwidth: null,
  ofBound: null,
  baseline: null,
  ratio: null,
};

function reportContestants(verdicts: readonly Verdict[], timed: Timed, options: CaseOptions): ContestantReport[] {
  const { peaks, context } = options;
  const runners = runnersOf(verdicts);
  return verdicts.map(({ contestant, status, note }) => {
    const { name, work } = contestant;
    const place = runners.indexOf(contestant);
    const seconds = timed.seconds[place];
    if (seconds === undefined) return { name, status, note, ...NOT_TIMED };
    const base = baseOf(contestant, runners);
    const bound = boundOf(work, peaks, context.threads);
    const measured = bound && timed.bounds.get(boundKey(bound));
    return {
      name,
      status,
      note,
      seconds,
      callsPerSample: timed.calls[place] ?? null,
      rate: rateOf(work, seconds),
      work: { operations: work.operations, bytes: work.bytes, resident: work.resident ?? work.bytes },
      bandwidth: perSecond(seconds, work.bytes),
      ofBound: measured ? fractionOf(work, seconds, measured, context.threads) : null,
      baseline: runners[base]?.name ?? null,
      ratio: timed.seconds[base] === undefined ? null : seconds.best / timed.seconds[base].best,
    };
  });
}

/** Prepares, checks and times a case, and frees what it made. */
export async function runCase(benchCase: BenchCase, options: CaseOptions): Promise<CaseReport> {
  const contestants = await benchCase.prepare(options.context);
  try {
    const verdicts: Verdict[] = [];
    for (const contestant of contestants) verdicts.push(await judge(contestant));
    checkFirst(benchCase, verdicts[0]);
    const timed = await timeAll(runnersOf(verdicts), options);
    return {
      suite: benchCase.suite,
      family: benchCase.family,
      name: benchCase.name,
      sizes: benchCase.sizes,
      rounds: timed.seconds[0]?.count ?? 0,
      contestants: reportContestants(verdicts, timed, options),
      bounds: [...timed.bounds.values()].map(reportBound),
    };
  } finally {
    for (const contestant of contestants) await contestant.dispose?.();
  }
}
