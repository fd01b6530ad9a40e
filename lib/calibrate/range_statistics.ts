// Smallest and largest value of each channel: of all data, or averaged over its batches.
import { makeError } from '../errors';
import { reject } from '../validate';
import type { Observed, Scan } from './scan';
import type { ChannelRanges, Statistics } from './statistics';

/** Bounds as plain data; those of a channel without finite values are null. */
export interface RangeJson {
  readonly min: readonly (number | null)[] | null;
  readonly max: readonly (number | null)[] | null;
  readonly nanCount: number;
  readonly infinityCount: number;
}

/** A channel's bounds with those of a batch, neither of which need be finite. */
type Combine = (sofar: number, batch: number) => number;

export class RangeStatistics implements Statistics {
  readonly needsScan = true;
  /** undefined: bounds of all data; else the constant of the moving average. */
  readonly #constant: number | undefined;
  #min: Float32Array | null = null;
  #max: Float32Array | null = null;
  nanCount = 0;
  infinityCount = 0;

  constructor(constant?: number) {
    this.#constant = constant;
  }

  get channels(): number | undefined {
    return this.#min?.length;
  }

  take(observed: Observed, scan: Scan | undefined): void {
    if (scan === undefined) throw makeError('ERR_NATIVE', 'a range needs a scan of its data');
    const { range, counts } = scan;
    const even = (_: unknown, i: number): boolean => i % 2 === 0;
    const odd = (_: unknown, i: number): boolean => i % 2 === 1;
    this.#combine(range.filter(even), range.filter(odd), observed.label);
    this.nanCount += counts[0]!;
    this.infinityCount += counts[1]!;
  }

  async takeAsync(observed: Observed, scan: Scan | undefined): Promise<void> {
    this.take(observed, scan);
  }

  merge(other: Statistics): void {
    if (!(other instanceof RangeStatistics)) throw makeError('ERR_SHAPE', 'statistics of another kind');
    if (this.#constant !== undefined)
      throw makeError('ERR_UNSUPPORTED', 'moving averages depend on the order of their data: they cannot be merged');
    if (other.#min !== null && other.#max !== null) this.#combine(other.#min, other.#max, 'the other observer');
    this.nanCount += other.nanCount;
    this.infinityCount += other.infinityCount;
  }

  clone(): RangeStatistics {
    const result = new RangeStatistics(this.#constant);
    result.#min = this.#min?.slice() ?? null;
    result.#max = this.#max?.slice() ?? null;
    result.nanCount = this.nanCount;
    result.infinityCount = this.infinityCount;
    return result;
  }

  range(): ChannelRanges {
    const known = (bound: number): number => (Number.isFinite(bound) ? bound : 0);
    return { min: (this.#min as Float32Array).map(known), max: (this.#max as Float32Array).map(known) };
  }

  toJSON(): RangeJson {
    const bounds = (values: Float32Array | null) =>
      values === null ? null : Array.from(values, (bound) => (Number.isFinite(bound) ? bound : null));
    const { nanCount, infinityCount } = this;
    return { min: bounds(this.#min), max: bounds(this.#max), nanCount, infinityCount };
  }

  /** The statistics that toJSON described. Throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE for anything else. */
  static fromJSON(json: RangeJson, constant?: number): RangeStatistics {
    const result = new RangeStatistics(constant);
    const min = boundsOf('json.min', json.min, Number.POSITIVE_INFINITY);
    const max = boundsOf('json.max', json.max, Number.NEGATIVE_INFINITY);
    if (min?.length !== max?.length) throw makeError('ERR_SHAPE', 'json.min and json.max must be equally long');
    result.#min = min;
    result.#max = max;
    result.nanCount = countOf('json.nanCount', json.nanCount);
    result.infinityCount = countOf('json.infinityCount', json.infinityCount);
    return result;
  }

  #combine(min: Float32Array, max: Float32Array, label: string): void {
    const channels = min.length;
    if (this.#min === null || this.#max === null) {
      this.#min = min.slice();
      this.#max = max.slice();
      return;
    }
    if (this.#min.length !== channels)
      throw makeError('ERR_SHAPE', `${label} has ${channels} channels, earlier data had ${this.#min.length}`);
    const [low, high] = this.#rules();
    for (let i = 0; i < channels; i++) {
      this.#min[i] = low(this.#min[i]!, min[i]!);
      this.#max[i] = high(this.#max[i]!, max[i]!);
    }
  }

  #rules(): readonly [Combine, Combine] {
    const constant = this.#constant;
    if (constant === undefined) return [Math.min, Math.max];
    const average: Combine = (sofar, batch) => {
      if (!Number.isFinite(batch)) return sofar;
      return Number.isFinite(sofar) ? sofar + constant * (batch - sofar) : batch;
    };
    return [average, average];
  }
}

function boundsOf(name: string, value: unknown, missing: number): Float32Array | null {
  if (value === null) return null;
  const expected = 'an array of finite float32 values and nulls';
  if (!Array.isArray(value)) reject(name, expected, value, 'ERR_DTYPE');
  const bounds: number[] = [];
  for (const bound of value as unknown[]) {
    if (bound !== null && !(typeof bound === 'number' && Number.isFinite(Math.fround(bound))))
      reject(name, expected, value, 'ERR_DTYPE');
    bounds.push(bound ?? missing);
  }
  return Float32Array.from(bounds);
}

function countOf(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    reject(name, 'a non-negative integer', value, 'ERR_RANGE');
  return value;
}
