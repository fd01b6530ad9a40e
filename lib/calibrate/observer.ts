// Observes float32 data and chooses quantization parameters from it.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import { chooseParams, type QParams, type Scheme } from '../quantize';
import { channelsOf } from '../quantize/channels';
import { checkScheme } from '../quantize/scheme';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { allocateOrThrow, readTensorLike } from '../tensor/tensor';
import { checkOneOf, isObject, reject, show } from '../validate';

const FLOATS = ['float32'] as const;

export interface ObserverOptions {
  /** 'minmax': the range is from the smallest to the largest finite value. */
  readonly method: 'minmax';
  /** What the parameters are for. */
  readonly scheme: Scheme;
}

/** An observer as plain data. Infinite bounds, those of a channel without finite values, are null. */
export interface ObserverJson {
  readonly format: 'octavo.observer';
  readonly version: 1;
  readonly method: 'minmax';
  readonly scheme: Scheme;
  readonly min: readonly (number | null)[] | null;
  readonly max: readonly (number | null)[] | null;
  readonly nanCount: number;
  readonly infinityCount: number;
}

/**
 * Minimum and maximum of everything observed, per tensor or per channel. The result does not depend on the order or the
 * batching of the data; NaN and infinities are left out and counted.
 */
export class Observer {
  readonly scheme: Scheme;
  #min: Float32Array | null = null;
  #max: Float32Array | null = null;
  #nanCount = 0;
  #infinityCount = 0;

  /** @throws ERR_DTYPE, ERR_RANGE for a method or a scheme that does not exist */
  constructor(options: ObserverOptions) {
    if (!isObject(options)) reject('options', 'an object { method, scheme }', options, 'ERR_DTYPE');
    checkOneOf('method', options.method, ['minmax']);
    this.scheme = checkScheme('scheme', options.scheme) as Scheme;
  }

  /** NaN values seen. */
  get nanCount(): number {
    return this.#nanCount;
  }

  /** Infinite values seen. */
  get infinityCount(): number {
    return this.#infinityCount;
  }

  /**
   * Takes x into the statistics.
   * @param x float32, contiguous; per channel, the axis has the same length every time
   * @throws ERR_SHAPE, ERR_DTYPE
   */
  observe(x: TensorLike<'float32'>): this {
    const { data, range, counts, inner } = this.#prepare(x);
    addon.minMax(data, range, counts, inner);
    return this.#take(range, counts);
  }

  /** As observe, computed off the event loop. x is copied before the call returns; when aborted, it does not count. */
  async observeAsync(x: TensorLike<'float32'>, options?: AsyncOptions): Promise<this> {
    const signal = signalOf(options);
    const { data, range, counts, inner } = this.#prepare(x);
    await untilAborted(signal, () => addon.minMaxAsync(data, range, counts, inner));
    return this.#take(range, counts);
  }

  /** Takes another observer's statistics into this one. Throws ERR_SHAPE if their schemes or channels differ. */
  merge(other: Observer): this {
    if (!(other instanceof Observer)) reject('other', 'an Observer', other, 'ERR_DTYPE');
    if (JSON.stringify(schemeKey(other.scheme)) !== JSON.stringify(schemeKey(this.scheme)))
      throw makeError('ERR_SHAPE', 'observers with different schemes cannot be merged');
    if (other.#min !== null && other.#max !== null) this.#widen(other.#min, other.#max);
    this.#nanCount += other.#nanCount;
    this.#infinityCount += other.#infinityCount;
    return this;
  }

  /** Parameters for what was observed; a channel without finite values gets those of 0. Throws ERR_RANGE before any data. */
  params(): QParams {
    if (this.#min === null || this.#max === null) throw makeError('ERR_RANGE', 'nothing was observed yet');
    const known = (bound: number) => (Number.isFinite(bound) ? bound : 0);
    return chooseParams({ min: this.#min.map(known), max: this.#max.map(known) }, this.scheme);
  }

  toJSON(): ObserverJson {
    const bounds = (values: Float32Array | null) =>
      values === null ? null : Array.from(values, (bound) => (Number.isFinite(bound) ? bound : null));
    return {
      format: 'octavo.observer',
      version: 1,
      method: 'minmax',
      scheme: this.scheme,
      min: bounds(this.#min),
      max: bounds(this.#max),
      nanCount: this.#nanCount,
      infinityCount: this.#infinityCount,
    };
  }

  /** The observer that toJSON described. Throws ERR_RANGE or ERR_DTYPE for anything else. */
  static fromJSON(json: ObserverJson): Observer {
    if (!isObject(json) || json.format !== 'octavo.observer') reject('json', 'an observer', json, 'ERR_DTYPE');
    if (json.version !== 1)
      throw makeError('ERR_UNSUPPORTED', `observer version ${show(json.version)} is not supported`);
    const observer = new Observer({ method: json.method, scheme: json.scheme });
    const min = boundsOf('json.min', json.min, Number.POSITIVE_INFINITY);
    const max = boundsOf('json.max', json.max, Number.NEGATIVE_INFINITY);
    if (min?.length !== max?.length) throw makeError('ERR_SHAPE', 'json.min and json.max must be equally long');
    if (min !== null && max !== null) observer.#widen(min, max);
    observer.#nanCount = countOf('json.nanCount', json.nanCount);
    observer.#infinityCount = countOf('json.infinityCount', json.infinityCount);
    return observer;
  }

  #prepare(x: TensorLike<'float32'>) {
    const input = readTensorLike('x', x, FLOATS);
    checkContiguous('x', input);
    const { count, inner } = channelsOf(input.dims, this.scheme.granularity);
    if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to observe');
    if (this.#min !== null && this.#min.length !== count)
      throw makeError('ERR_SHAPE', `x has ${count} channels, earlier data had ${this.#min.length}`);
    const range = allocateOrThrow('float32', 2 * count, [2 * count]);
    return { data: input.data, range, counts: new Float64Array(2), inner };
  }

  #take(range: Float32Array, counts: Float64Array): this {
    const channels = range.length / 2;
    const [min, max] = this.#bounds(channels);
    for (let i = 0; i < channels; i++) {
      min[i] = Math.min(min[i]!, range[2 * i]!);
      max[i] = Math.max(max[i]!, range[2 * i + 1]!);
    }
    this.#nanCount += counts[0]!;
    this.#infinityCount += counts[1]!;
    return this;
  }

  /** The bounds of all channels, empty ranges before any data. Throws ERR_SHAPE for another number of channels. */
  #bounds(channels: number): [min: Float32Array, max: Float32Array] {
    if (this.#min === null || this.#max === null) {
      this.#min = new Float32Array(channels).fill(Number.POSITIVE_INFINITY);
      this.#max = new Float32Array(channels).fill(Number.NEGATIVE_INFINITY);
    }
    if (this.#min.length !== channels)
      throw makeError('ERR_SHAPE', `${channels} channels do not fit the ${this.#min.length} observed before`);
    return [this.#min, this.#max];
  }

  #widen(otherMin: Float32Array, otherMax: Float32Array): void {
    const [min, max] = this.#bounds(otherMin.length);
    for (let i = 0; i < min.length; i++) {
      min[i] = Math.min(min[i]!, otherMin[i]!);
      max[i] = Math.max(max[i]!, otherMax[i]!);
    }
  }
}

function schemeKey({ type, symmetric, granularity, range }: Scheme) {
  return { type, symmetric, axis: granularity === 'tensor' ? null : granularity.axis, range: range ?? null };
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
