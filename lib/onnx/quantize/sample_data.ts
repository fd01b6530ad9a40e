// The samples that a quantization works on.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Sketch } from '../../calibrate';
import { isOctavoError } from '../../errors';
import { fileError } from '../../files/file_access';
import { isObject, reject } from '../../validate';
import { openSamples } from '../data';
import { type FeedSource, type SampleSource, samplesIn } from '../execute';
import type { Feeds, ValueInfo } from '../model';
import type { CalibrationRow } from '../report';
import type { QuantizeOptions } from './quantize_options';

/** Samples that take part in checks and measures of error. */
const MOST_CHECKED = 32;

export interface SampleData {
  readonly source: FeedSource;
  /** Without folders: results must not depend on where things lie. */
  readonly description: string;
  readonly random: boolean;
}

/** undefined where the options name none. Throws what openSamples throws. */
export async function sampleDataOf(
  inputs: readonly ValueInfo[],
  options: QuantizeOptions,
): Promise<SampleData | undefined> {
  const { calibration, samples: limit, preprocess } = options;
  if (calibration === undefined) return undefined;
  if (typeof calibration === 'function')
    return { source: limited(calibration, limit), description: 'a function', random: false };
  const source = await openSamples(calibration, inputs, { limit, preprocess }).catch((error: unknown) => {
    throw asFileError(calibration, error);
  });
  const random = source.warning !== undefined;
  return { source, description: random ? calibration : path.basename(calibration), random };
}

/** A fault of the system, such as a name that is too long, as an error of the path. */
function asFileError(file: string, error: unknown): unknown {
  const code = error instanceof Error && !isOctavoError(error) ? (error as NodeJS.ErrnoException).code : undefined;
  return code === undefined ? error : fileError(file.slice(0, 200), `cannot read samples: ${code}`, error);
}

/** Random samples for a model of which nobody gave any: they can show that it runs, and how fast. */
export async function randomSamples(inputs: readonly ValueInfo[]): Promise<SampleSource> {
  return openSamples('random:2', inputs, {});
}

function limited(begin: () => Iterable<Feeds> | AsyncIterable<Feeds>, limit: number | undefined): FeedSource {
  if (limit === undefined) return begin;
  return async function* first() {
    let left = limit;
    if (left > 0)
      for await (const feeds of begin()) {
        yield feeds;
        if (--left <= 0) return;
      }
  };
}

const isIterable = (value: unknown): value is AsyncIterable<Feeds> =>
  isObject(value) && (Symbol.iterator in value || Symbol.asyncIterator in value);

/** The first samples of a source, at most so many. */
export async function firstSamples(source: FeedSource, most = MOST_CHECKED): Promise<Feeds[]> {
  const iterable: unknown = typeof source === 'function' ? source() : source;
  if (!isIterable(iterable)) reject('what calibration() returns', 'an iterable of feeds', iterable, 'ERR_DTYPE');
  const found: Feeds[] = [];
  let count = 0;
  for await (const feeds of iterable) {
    found.push(feeds);
    count += samplesIn(source, feeds);
    if (count >= most) break;
  }
  return found;
}

/** Digest of sketches in the order of their names: equal for equal data in any order. */
export function digestOf(sketches: ReadonlyMap<string, Sketch>): string {
  const hash = createHash('sha256');
  for (const [name, sketch] of [...sketches].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name.length}:${name}`);
    hash.update(sketch.toBytes());
  }
  return hash.digest('hex');
}

/** undefined without samples and sketches; of sketches alone nobody knows how many samples there were: 0. */
export function calibrationRow(
  data: SampleData | undefined,
  sketches: ReadonlyMap<string, Sketch>,
  samples: number,
): CalibrationRow | undefined {
  if (data === undefined && sketches.size === 0) return undefined;
  const { description, random } = data ?? { description: 'sketches', random: false };
  return { source: description, samples, digest: digestOf(sketches), random };
}
