// Where feeds come from.
import type { Source } from '../../calibrate/run_source';
import { isObject } from '../../validate';
import type { Feeds } from '../model';

/** Feeds of a model, one sample or batch at a time. Every iteration begins anew. */
export interface SampleSource extends AsyncIterable<Feeds> {
  /** Samples of a whole iteration, where that is known. */
  readonly count: number | undefined;
  /** Samples in one item at most: above 1, the first axis of every tensor is that of the samples. */
  readonly batch: number;
  /** What the samples are, for reports. */
  readonly description: string;
  /** Why they say nothing about accuracy; undefined for real data. */
  readonly warning?: string | undefined;
}

/** Feeds from anywhere: a SampleSource, an array, a generator or a function that begins one. */
export type FeedSource = SampleSource | Source<Feeds>;

const isSampleSource = (source: FeedSource): source is SampleSource =>
  isObject(source) && typeof source.batch === 'number';

/** Samples that an item holds. */
export function samplesIn(source: FeedSource, feeds: Feeds): number {
  if (!isSampleSource(source) || source.batch === 1) return 1;
  return Object.values(feeds)[0]?.dims[0] ?? 1;
}

/** Samples of the whole source, where it says so. */
export function countOf(source: FeedSource): number | undefined {
  if (isSampleSource(source)) return source.count;
  return Array.isArray(source) ? source.length : undefined;
}

/** True if the source gives its samples again when it is iterated again; a generator's object does not. */
export function canRepeat(source: FeedSource): boolean {
  if (typeof source === 'function' || Array.isArray(source) || isSampleSource(source)) return true;
  const iterable = source as { [Symbol.iterator]?: unknown; next?: unknown };
  return typeof iterable.next !== 'function';
}
