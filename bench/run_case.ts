// Runs one case: checks every contestant's result, then times those that are right, in turn, beside their bounds.
import { makeError } from '../lib/errors';
import { type Bound, boundKey, boundOf, boundPlayer, unitsOf } from './bounds';
import type { BenchCase, CaseContext, Contestant, Work } from './contestant';
import type { Peaks, Rate } from './peaks';
import type { BoundReport, CaseReport, ContestantReport } from './report_types';
import {
  callPlayer,
  type Player,
  playRounds,
  type RoundLimits,
  sampleSize,
  samplesOf,
  spreadTurns,
  type Track,
} from './rounds';
import { pairedRatio, type Summary, summarize } from './statistics';

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

/** What was measured of a contestant, in seconds per call, or of a limit, in seconds per unit. */
interface Measured {
  readonly track: Track;
  readonly summary: Summary;
}

interface MeasuredBound extends Measured {
  readonly bound: Bound;
}

const measuredOf = (track: Track): Measured => ({ track, summary: summarize(samplesOf(track)) });

const perSecond = ({ best, median }: { best: number; median: number }, units = 1): Rate => ({
  best: units / best,
  median: units / median,
});

function rateOf(work: Work, seconds: Summary): NonNullable<ContestantReport['rate']> {
  if (work.operations === 0) return { ...perSecond(seconds, work.bytes), unit: 'B/s' };
  return { ...perSecond(seconds, work.operations), unit: work.arithmetic === 'int8' ? 'OPS' : 'FLOPS' };
}

function fractionOf(work: Work, time: Measured, limit: MeasuredBound, threads: number): ContestantReport['ofBound'] {
  const { bound } = limit;
  const least = unitsOf(work, bound) / (bound.bytes === 0 ? threads : 1);
  return {
    kind: bound.kind,
    level: bound.level,
    best: (least * limit.summary.best) / time.summary.best,
    median: least * pairedRatio(limit.track, time.track),
  };
}

function reportBound({ bound, summary }: MeasuredBound): BoundReport {
  return { ...bound, unit: bound.bytes === 0 ? 'OPS' : 'B/s', ...perSecond(summary) };
}

interface Timed {
  readonly times: readonly Measured[];
  readonly calls: readonly number[];
  readonly bounds: ReadonlyMap<string, MeasuredBound>;
}

async function timeAll(contestants: readonly Contestant[], { context, peaks, limits }: CaseOptions): Promise<Timed> {
  const bounds = new Map<string, Bound>();
  const [players, calls, samples, costs]: [Player[], number[], number[], number[]] = [[], [], [], []];
  for (const { call, settle = 0, work } of contestants) {
    const size = await sampleSize(call, limits);
    players.push(callPlayer(call, size, settle));
    calls.push(size.calls);
    samples.push(size.seconds);
    costs.push(size.seconds + size.refreshSeconds + settle / 1000);
    const bound = boundOf(work, peaks, context.threads);
    if (bound !== undefined) bounds.set(boundKey(bound), bound);
  }
  const turns = spreadTurns(costs, limits);
  const [sampleSeconds = 0] = samples;
  const taking = players.map((player, i) => ({ ...player, every: turns[i] }));
  const beside = [...bounds.values()].map((bound) => boundPlayer(bound, sampleSeconds));
  const measured = (await playRounds([...taking, ...beside], limits)).map(measuredOf);
  const limitsOf = [...bounds].map(([key, bound], i): [string, MeasuredBound] => [
    key,
    { bound, ...(measured[contestants.length + i] ?? measuredOf([])) },
  ]);
  return { times: measured.slice(0, contestants.length), calls, bounds: new Map(limitsOf) };
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

const ratioOf = (time: Measured, base: Measured): Rate => ({
  best: time.summary.best / base.summary.best,
  median: pairedRatio(time.track, base.track),
});

function reportContestants(verdicts: readonly Verdict[], timed: Timed, options: CaseOptions): ContestantReport[] {
  const { peaks, context } = options;
  const runners = runnersOf(verdicts);
  return verdicts.map(({ contestant, status, note }) => {
    const { name, work } = contestant;
    const place = runners.indexOf(contestant);
    const time = timed.times[place];
    if (time === undefined) return { name, status, note, ...NOT_TIMED };
    const seconds = time.summary;
    const base = baseOf(contestant, runners);
    const baseTime = timed.times[base];
    const bound = boundOf(work, peaks, context.threads);
    const limit = bound && timed.bounds.get(boundKey(bound));
    return {
      name,
      status,
      note,
      seconds,
      callsPerSample: timed.calls[place] ?? null,
      rate: rateOf(work, seconds),
      work: { operations: work.operations, bytes: work.bytes, resident: work.resident ?? work.bytes },
      bandwidth: perSecond(seconds, work.bytes),
      ofBound: limit ? fractionOf(work, time, limit, context.threads) : null,
      baseline: runners[base]?.name ?? null,
      ratio: baseTime === undefined ? null : ratioOf(time, baseTime),
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
      rounds: timed.times[0]?.summary.count ?? 0,
      contestants: reportContestants(verdicts, timed, options),
      bounds: [...timed.bounds.values()].map(reportBound),
    };
  } finally {
    for (const contestant of contestants) await contestant.dispose?.();
  }
}
