// A sketch of each channel, for the methods that look at a histogram.
import type { AsyncOptions } from '../abort_signal';
import { makeError } from '../errors';
import type { AnyScheme } from '../quantize/scheme';
import { type Method, rangeOf } from './methods';
import type { Observed, Scan } from './scan';
import { Sketch } from './sketch';
import type { SketchJson } from './sketch_json';
import type { SketchChannel } from './sketch_words';
import type { ChannelRanges, Statistics } from './statistics';

export interface SketchStatisticsOptions {
  readonly method: Method;
  readonly scheme: AnyScheme;
  readonly bins: number;
}

export class SketchStatistics implements Statistics {
  readonly needsScan = false;
  readonly sketch: Sketch;
  readonly #options: SketchStatisticsOptions;
  /** As the sketch has them, which takes a snapshot to say so. */
  #channels: number | undefined;

  constructor(sketch: Sketch, options: SketchStatisticsOptions) {
    this.sketch = sketch;
    this.#options = options;
    const { channels } = sketch;
    this.#channels = channels.some(({ count }) => count > 0n) ? channels.length : undefined;
  }

  static create(options: SketchStatisticsOptions): SketchStatistics {
    return new SketchStatistics(new Sketch({ bins: options.bins, ...formOf(options) }), options);
  }

  get channels(): number | undefined {
    return this.#channels;
  }

  get nanCount(): number {
    return this.#sum(({ nanCount }) => nanCount);
  }

  get infinityCount(): number {
    return this.#sum(({ infinityCount }) => infinityCount);
  }

  take({ data, dims, channels }: Observed): void {
    this.sketch.observe({ type: 'float32', data, dims });
    this.#channels = channels;
  }

  async takeAsync({ data, dims, channels }: Observed, _: Scan | undefined, options: AsyncOptions): Promise<void> {
    await this.sketch.observeAsync({ type: 'float32', data, dims }, options);
    this.#channels = channels;
  }

  merge(other: Statistics): void {
    if (!(other instanceof SketchStatistics)) throw makeError('ERR_SHAPE', 'statistics of another kind');
    this.sketch.merge(other.sketch);
    this.#channels ??= other.#channels;
  }

  clone(): SketchStatistics {
    return new SketchStatistics(this.sketch.clone(), this.#options);
  }

  range(): ChannelRanges {
    const { method, scheme } = this.#options;
    const ranges = this.sketch.channels.map((channel) => rangeOf(channel, method, scheme));
    return {
      min: Float32Array.from(ranges, ({ min }) => min),
      max: Float32Array.from(ranges, ({ max }) => max),
    };
  }

  toJSON(): SketchJson {
    return this.sketch.toJSON();
  }

  /** Throws what Sketch.fromJSON does; ERR_SHAPE for a sketch of another form than the options ask for. */
  static fromJSON(json: unknown, options: SketchStatisticsOptions): SketchStatistics {
    const sketch = Sketch.fromJSON(json as SketchJson);
    const { axis, block } = formOf(options);
    if (sketch.bins !== options.bins || sketch.axis !== axis || sketch.block !== block)
      throw makeError('ERR_SHAPE', 'the sketch has other bins or another axis than its observer');
    return new SketchStatistics(sketch, options);
  }

  #sum(part: (channel: SketchChannel) => bigint): number {
    return this.sketch.channels.reduce((sum, channel) => sum + Number(part(channel)), 0);
  }
}

function formOf({ scheme: { granularity } }: SketchStatisticsOptions): { axis?: number; block?: number } {
  if (granularity === 'tensor') return {};
  return 'block' in granularity ? { axis: granularity.axis, block: granularity.block } : { axis: granularity.axis };
}
