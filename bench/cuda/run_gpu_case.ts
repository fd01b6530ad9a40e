// Runs one case on the GPU: checks every contestant's result, then times those that are right, in turn, beside their limits.
import { OctavoError } from '../../lib/errors';
import type { Rate } from '../peaks';
import { playRounds, type RoundLimits, samplesOf, type Track } from '../rounds';
import { pairedRatio, type Summary, summarize } from '../statistics';
import type { GpuCase, GpuContestant } from './contestant';
import type { Gpu } from './gpu';
import { LaunchClock, type TimedLaunch, timedLaunch } from './launches';
import { type GpuLimits, type LimitKind, type LimitLoops, limitOf, unitsOf } from './limits';
import type { GpuCaseReport, GpuContestantReport } from './report_types';

export interface GpuCaseContext {
  readonly gpu: Gpu;
  readonly loops: LimitLoops;
  readonly limits: GpuLimits;
  readonly rounds: RoundLimits;
}

interface Verdict {
  readonly contestant: GpuContestant;
  readonly status: GpuContestantReport['status'];
  readonly note: string | null;
}

async function judge(contestant: GpuContestant): Promise<Verdict> {
  try {
    contestant.launch(0);
    const wrong = await contestant.verify();
    return { contestant, status: wrong === undefined ? 'timed' : 'wrong', note: wrong ?? null };
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n', 1);
    const isAbsent = error instanceof OctavoError && error.code === 'ERR_UNSUPPORTED';
    return { contestant, status: isAbsent ? 'absent' : 'failed', note: line };
  }
}

interface Measured {
  readonly track: Track;
  readonly summary: Summary;
}

const measuredOf = (track: Track): Measured => ({ track, summary: summarize(samplesOf(track)) });

const perSecond = ({ best, median }: Rate, units = 1): Rate => ({ best: units / best, median: units / median });

interface TimedCase {
  readonly times: ReadonlyMap<GpuContestant, Measured & { readonly launches: number }>;
  readonly limits: ReadonlyMap<LimitKind, Measured>;
}

/** Brings the clocks to where they are under load. */
async function warmUp({ gpu, loops, rounds }: GpuCaseContext): Promise<void> {
  const clock = new LaunchClock(gpu, (await loops.loop('mma')).launch);
  const end = performance.now() + rounds.warmUp * 1000;
  while (performance.now() < end) await clock.time(10);
}

async function timeAll(contestants: readonly GpuContestant[], context: GpuCaseContext): Promise<TimedCase> {
  const { gpu, loops, limits, rounds } = context;
  if (contestants.length === 0) return { times: new Map(), limits: new Map() };
  await warmUp(context);
  const timed: TimedLaunch[] = [];
  for (const { launch } of contestants) timed.push(await timedLaunch(gpu, launch, rounds));
  const kinds = [...new Set(contestants.map(({ work }) => limitOf(work, limits)))];
  for (const kind of kinds) {
    const { launch, units } = await loops.loop(kind);
    timed.push(await timedLaunch(gpu, launch, rounds, units));
  }
  const measured = (
    await playRounds(
      timed.map(({ player }) => player),
      rounds,
    )
  ).map(measuredOf);
  const none = measuredOf([]);
  return {
    times: new Map(contestants.map((one, i) => [one, { ...(measured[i] ?? none), launches: timed[i]?.launches ?? 0 }])),
    limits: new Map(kinds.map((kind, i) => [kind, measured[contestants.length + i] ?? none])),
  };
}

const NOT_TIMED = {
  seconds: null,
  launchesPerSample: null,
  work: null,
  rate: null,
  bandwidth: null,
  ofLimit: null,
  baseline: null,
  ratio: null,
};

function reportContestant(
  verdict: Verdict,
  { times, limits }: TimedCase,
  context: GpuCaseContext,
): GpuContestantReport {
  const { contestant, status, note } = verdict;
  const { name, work } = contestant;
  const time = times.get(contestant);
  if (time === undefined) return { name, status, note, ...NOT_TIMED };
  const kind = limitOf(work, context.limits);
  const limit = limits.get(kind) ?? measuredOf([]);
  const runners = [...times.keys()];
  const base = contestant.baseline === undefined ? runners[0] : runners.find((one) => one.name === contestant.baseline);
  const baseTime = base && times.get(base);
  const units = unitsOf(work, kind);
  const isBytes = work.operations === 0;
  return {
    name,
    status,
    note,
    seconds: time.summary,
    launchesPerSample: time.launches,
    work,
    rate: { ...perSecond(time.summary, isBytes ? work.bytes : work.operations), unit: isBytes ? 'B/s' : 'OPS' },
    bandwidth: perSecond(time.summary, work.bytes),
    ofLimit: {
      kind,
      best: (units * limit.summary.best) / time.summary.best,
      median: units * pairedRatio(limit.track, time.track),
    },
    baseline: base?.name ?? null,
    ratio:
      baseTime === undefined
        ? null
        : {
            best: time.summary.best / baseTime.summary.best,
            median: pairedRatio(time.track, baseTime.track),
          },
  };
}

/** Prepares, checks and times a case, and frees what it made. Who is wrong or fails is not timed. */
export async function runGpuCase(one: GpuCase, context: GpuCaseContext): Promise<GpuCaseReport> {
  const { contestants, dispose } = await one.prepare();
  try {
    const verdicts: Verdict[] = [];
    for (const contestant of contestants) verdicts.push(await judge(contestant));
    const runners = verdicts.filter(({ status }) => status === 'timed').map(({ contestant }) => contestant);
    const timed = await timeAll(runners, context);
    const { suite, family, name, sizes } = one;
    return {
      suite,
      family,
      name,
      sizes,
      rounds: runners[0] === undefined ? 0 : (timed.times.get(runners[0])?.summary.count ?? 0),
      contestants: verdicts.map((verdict) => reportContestant(verdict, timed, context)),
      limits: Object.fromEntries([...timed.limits].map(([kind, { summary }]) => [kind, perSecond(summary)])),
    };
  } finally {
    dispose();
  }
}
