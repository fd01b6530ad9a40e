// Sketches as plain data: exact, whatever reads it, and short where a histogram is empty.
import { makeError } from '../errors';
import { checkInteger, reject, show } from '../validate';
import { partsProblem, wordsProblem } from './sketch_check';
import type { SketchForm } from './sketch_form';
import {
  allocateWords,
  checkBins,
  checkPlain,
  countsOf,
  HEAD_WORDS,
  readParts,
  UNIT,
  writeParts,
} from './sketch_words';

/** A number as far as numbers are exact, 2^53 - 1, else its decimal digits. */
export type JsonCount = number | string;

export interface SketchChannelJson {
  readonly count: JsonCount;
  readonly nanCount: JsonCount;
  readonly infinityCount: JsonCount;
  /** null before there is a finite value. */
  readonly min: number | null;
  readonly max: number | null;
  readonly exponent: number | null;
  /** Decimal digits of the exact sum in units of 2^-149, and of that of the squares in units of 2^-298. */
  readonly sum: string;
  readonly sumOfSquares: string;
  /** Stretches of bins that are not empty: the first one's number, then their counts. */
  readonly counts: readonly (readonly JsonCount[])[];
}

/** A sketch as plain data, version 1. */
export interface SketchJson {
  readonly format: 'octavo.sketch';
  readonly version: 1;
  readonly bins: number;
  readonly axis: number | null;
  readonly block: number | null;
  readonly channels: readonly SketchChannelJson[];
}

/** What a reader made of a sketch's plain or binary form; no words before the first data per channel. */
export interface ReadSketch {
  readonly form: SketchForm;
  readonly words: BigUint64Array | null;
}

export function sketchToJson({ bins, axis, block }: SketchForm, words: BigUint64Array | null): SketchJson {
  const length = words === null ? 0 : words.length / (HEAD_WORDS + bins);
  const channels = Array.from({ length }, (_, c) => channelToJson(words!, c, bins));
  return { format: 'octavo.sketch', version: 1, bins, axis: axis ?? null, block: block ?? null, channels };
}

function channelToJson(words: BigUint64Array, channel: number, bins: number): SketchChannelJson {
  const parts = readParts(words, channel, bins);
  const known = (bound: number) => (Number.isFinite(bound) ? bound : null);
  return {
    count: toJsonCount(parts.count),
    nanCount: toJsonCount(parts.nanCount),
    infinityCount: toJsonCount(parts.infinityCount),
    min: known(parts.min),
    max: known(parts.max),
    exponent: parts.width === 0 ? null : parts.width + UNIT,
    sum: String(parts.sum),
    sumOfSquares: String(parts.squares),
    counts: stretchesOf(countsOf(words, channel, bins)),
  };
}

function stretchesOf(counts: BigUint64Array): JsonCount[][] {
  const stretches: JsonCount[][] = [];
  let open: JsonCount[] | undefined;
  counts.forEach((count, bin) => {
    if (count === 0n) {
      open = undefined;
      return;
    }
    if (open === undefined) {
      open = [bin];
      stretches.push(open);
    }
    open.push(toJsonCount(count));
  });
  return stretches;
}

function toJsonCount(count: bigint): JsonCount {
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : String(count);
}

/** Throws ERR_DTYPE or ERR_RANGE for what no sketch wrote, ERR_UNSUPPORTED for another version of the format. */
export function sketchFromJson(value: unknown): ReadSketch {
  const json = checkPlain('json', value);
  if (json.format !== 'octavo.sketch') reject('json.format', '"octavo.sketch"', json.format, 'ERR_DTYPE');
  if (json.version !== 1) throw makeError('ERR_UNSUPPORTED', `sketch version ${show(json.version)} is not supported`);
  const bins = checkBins('json.bins', json.bins);
  const axis = json.axis === null ? undefined : checkInteger('json.axis', json.axis, -64, 63);
  const block = json.block === null ? undefined : checkInteger('json.block', json.block, 1, 2 ** 31 - 1);
  const { channels } = json;
  if (!Array.isArray(channels)) reject('json.channels', 'an array', channels, 'ERR_DTYPE');
  if (axis === undefined && (block !== undefined || channels.length !== 1))
    throw makeError('ERR_RANGE', `json without an axis must have one channel and no block, got ${channels.length}`);
  const form = { bins, axis, block };
  if (channels.length === 0) return { form, words: null };
  const words = allocateWords(channels.length, bins);
  for (let c = 0; c < channels.length; c++) readChannelJson(`json.channels[${c}]`, channels[c], { words, bins, c });
  return { form, words };
}

interface Target {
  readonly words: BigUint64Array;
  readonly bins: number;
  readonly c: number;
}

function readChannelJson(name: string, value: unknown, { words, bins, c }: Target): void {
  const json = checkPlain(name, value);
  const exponent = json.exponent === null ? null : checkInteger(`${name}.exponent`, json.exponent, UNIT + 1, 128);
  const parts = {
    count: fromJsonCount(`${name}.count`, json.count),
    nanCount: fromJsonCount(`${name}.nanCount`, json.nanCount),
    infinityCount: fromJsonCount(`${name}.infinityCount`, json.infinityCount),
    min: boundOf(`${name}.min`, json.min, Number.POSITIVE_INFINITY),
    max: boundOf(`${name}.max`, json.max, Number.NEGATIVE_INFINITY),
    width: exponent === null ? 0 : exponent - UNIT,
    sum: digitsOf(`${name}.sum`, json.sum, /^-?\d{1,120}$/),
    squares: digitsOf(`${name}.sumOfSquares`, json.sumOfSquares, /^\d{1,200}$/),
  };
  refuse(name, partsProblem(parts));
  writeParts(words, c, bins, parts);
  readStretches(`${name}.counts`, json.counts, countsOf(words, c, bins));
  refuse(name, wordsProblem(words, c, bins));
}

function readStretches(name: string, value: unknown, counts: BigUint64Array): void {
  if (!Array.isArray(value)) reject(name, 'an array of arrays', value, 'ERR_DTYPE');
  let next = 0; // stretches ascend and do not touch
  for (const stretch of value as unknown[]) {
    if (!Array.isArray(stretch) || stretch.length < 2)
      reject(name, 'stretches [bin, count, ...]', stretch, 'ERR_DTYPE');
    const first = checkInteger(name, stretch[0], next, counts.length - 1);
    if (first + stretch.length - 1 > counts.length)
      throw makeError('ERR_RANGE', `${name} must stay below bin ${counts.length}`);
    for (let i = 1; i < stretch.length; i++) counts[first + i - 1] = fromJsonCount(name, stretch[i]);
    next = first + stretch.length - 1;
  }
}

function refuse(name: string, problem: string | undefined): void {
  if (problem !== undefined) throw makeError('ERR_RANGE', `${name} has ${problem}`);
}

function boundOf(name: string, value: unknown, missing: number): number {
  if (value === null) return missing;
  if (typeof value !== 'number') reject(name, 'a number or null', value, 'ERR_DTYPE');
  return value;
}

function fromJsonCount(name: string, value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const digits = digitsOf(name, value, /^\d{1,20}$/);
  if (digits >= 2n ** 64n) reject(name, 'below 2^64', value, 'ERR_RANGE');
  return digits;
}

function digitsOf(name: string, value: unknown, pattern: RegExp): bigint {
  if (typeof value !== 'string') reject(name, 'decimal digits', value, 'ERR_DTYPE');
  if (!pattern.test(value)) reject(name, 'decimal digits of a number in range', value, 'ERR_RANGE');
  return BigInt(value);
}
