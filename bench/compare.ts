// Two runs on one machine: what became slower or faster by more than the runs themselves vary.
import { makeError } from '../lib/errors';
import type { BenchReport, ContestantReport } from './report_types';
import { quantile, type Summary } from './statistics';
import { isOctavo } from './summary';

export interface Change {
  /** The case, and who of it. */
  readonly name: string;
  readonly contestant: string;
  /** Best seconds per call. */
  readonly before: number;
  readonly after: number;
  /** after / before - 1: above 0 it is slower. */
  readonly time: number;
  /** The same for its distance from the bound measured beside it, which a change of the clock leaves alone; else `time`. */
  readonly distance: number;
  /** How much of a change counts as none. */
  readonly noise: number;
  readonly verdict: 'slower' | 'faster' | 'same';
}

export interface Comparison {
  readonly before: { readonly octavo: string; readonly date: string };
  readonly after: { readonly octavo: string; readonly date: string };
  readonly changes: readonly Change[];
  /** What the earlier run does not have: 'case, contestant'. */
  readonly unmatched: readonly string[];
}

/** Best times are compared no finer than this. */
const LEAST_NOISE = 0.02;
/** The noise of a run as a whole: this quantile of what its figures show. */
const TYPICAL = 0.75;

/** A figure that can be compared, by the name of its case and contestant. */
interface Figure {
  readonly name: string;
  readonly contestant: string;
  readonly seconds: Summary;
  readonly ofBound: ContestantReport['ofBound'];
}

function figuresOf({ cases, scaling }: BenchReport): Map<string, Figure> {
  const figures: Figure[] = cases.flatMap(({ name, contestants }) =>
    contestants.flatMap(({ name: contestant, seconds, ofBound }) =>
      seconds !== null && isOctavo(contestant) ? [{ name, contestant, seconds, ofBound }] : [],
    ),
  );
  for (const { name, points } of scaling)
    for (const { threads, seconds } of points)
      figures.push({ name, contestant: `${threads} of its threads`, seconds, ofBound: null });
  return new Map(figures.map((figure) => [`${figure.name}, ${figure.contestant}`, figure]));
}

function typicalNoise(figures: Iterable<Figure>): number {
  const noises = [...figures].map(({ seconds }) => seconds.noise ?? 0).sort((a, b) => a - b);
  return noises.length === 0 ? 0 : quantile(noises, TYPICAL);
}

function distanceOf(before: Figure, after: Figure): number | undefined {
  const [was, is] = [before.ofBound, after.ofBound];
  if (was === null || is === null || was.kind !== is.kind || was.level !== is.level) return undefined;
  return was.best / is.best - 1;
}

function changeOf(before: Figure, after: Figure, typical: number): Change {
  const time = after.seconds.best / before.seconds.best - 1;
  const distance = distanceOf(before, after) ?? time;
  // A best of half the samples strays further than that of all of them; twice that is beyond what chance does.
  const noise = Math.max(LEAST_NOISE, 2 * Math.max(typical, before.seconds.noise ?? 0, after.seconds.noise ?? 0));
  const slower = Math.min(time, distance) > noise;
  const faster = Math.max(time, distance) < -noise;
  return {
    name: after.name,
    contestant: after.contestant,
    before: before.seconds.best,
    after: after.seconds.best,
    time,
    distance,
    noise,
    verdict: slower ? 'slower' : faster ? 'faster' : 'same',
  };
}

function checkComparable(before: BenchReport, after: BenchReport): void {
  const facts = ({ machine, settings }: BenchReport): Record<string, string | number> => ({
    CPU: machine.cpu,
    'kernel set': machine.isa,
    'number of threads': settings.threads,
  });
  const old = facts(before);
  for (const [name, value] of Object.entries(facts(after)))
    if (old[name] !== value)
      throw makeError('ERR_RANGE', `runs with another ${name} cannot be compared: then ${old[name]}, now ${value}`);
}

/**
 * Compares octavo's own figures: peers are not its business.
 * @throws ERR_RANGE if the runs differ in CPU, kernel set or threads
 */
export function compareReports(before: BenchReport, after: BenchReport): Comparison {
  checkComparable(before, after);
  const [old, now] = [figuresOf(before), figuresOf(after)];
  const typical = Math.max(typicalNoise(old.values()), typicalNoise(now.values()));
  const changes: Change[] = [];
  for (const [key, figure] of now) {
    const match = old.get(key);
    if (match !== undefined) changes.push(changeOf(match, figure, typical));
  }
  const runOf = ({ machine }: BenchReport): Comparison['after'] => ({ octavo: machine.octavo, date: machine.date });
  const unmatched = [...now.keys()].filter((key) => !old.has(key));
  return { before: runOf(before), after: runOf(after), changes, unmatched };
}
