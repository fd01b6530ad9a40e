// Sketches: everything that calibration needs to know about data, in constant memory and whatever their order.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { readTensorLike } from '../tensor/tensor';
import { checkInteger, checkOptions, reject } from '../validate';
import { sketchFromBytes, sketchToBytes } from './sketch_bytes';
import { type SketchForm, sameForm, viewOf } from './sketch_form';
import { type SketchJson, sketchFromJson, sketchToJson } from './sketch_json';
import { allocateWords, checkBins, HEAD_WORDS, readChannel, type SketchChannel } from './sketch_words';

const FLOATS = ['float32'] as const;
/** Constructs a sketch from what a reader has checked. */
const CHECKED = Symbol('checked');
// Adding words takes what only the class can reach.
let adderOf: (sketch: Sketch) => (words: BigUint64Array) => Sketch;

export interface SketchOptions {
  /** Bins of each histogram: a power of two from 2 to 65,536; default 4,096. */
  readonly bins?: number | undefined;
  /** One channel for each index along this axis, counted from the end when negative; default one for the tensor. */
  readonly axis?: number | undefined;
  /** One channel for each block of so many indices along the axis, and for each index of all other axes. */
  readonly block?: number | undefined;
}

/**
 * Statistics of float32 data, per tensor, per channel or per block: counts, exact bounds, exact sums, a histogram. It
 * depends on the values alone: any order, any batching and any split over sketches that are merged gives the same bits.
 * It takes 8 * (bins + 21) bytes for each channel, however many values it has seen.
 *
 * The histogram's range grows by powers of two, and then pairs of bins become one, which is exact. Sums are kept in fixed
 * point of 384 and 640 bits (U. Kulisch's long accumulator) and rounded once, when they are read.
 */
export class Sketch {
  readonly bins: number;
  /** undefined for one channel for the whole tensor. */
  readonly axis: number | undefined;
  readonly block: number | undefined;
  #words: BigUint64Array | null;
  #channels: readonly SketchChannel[] | null = null;

  static {
    adderOf = (sketch) => (words) => sketch.#add(words);
  }

  /** @throws ERR_DTYPE, ERR_RANGE for options that are none */
  constructor(options?: SketchOptions);
  /** @internal The form is checked, the words belong to nobody else. */
  constructor(form: SketchForm, words: BigUint64Array | null, checked: typeof CHECKED);
  constructor(options?: SketchOptions, words?: BigUint64Array | null, checked?: typeof CHECKED) {
    const form = checked === CHECKED ? (options as SketchForm) : checkForm(options);
    this.bins = form.bins;
    this.axis = form.axis;
    this.block = form.block;
    this.#words = words ?? (form.axis === undefined ? allocateWords(1, form.bins) : null);
  }

  /**
   * A snapshot of each channel, in the order of the axis; one for a whole tensor. Empty before the first data tell how
   * many channels there are.
   */
  get channels(): readonly SketchChannel[] {
    if (this.#channels !== null) return this.#channels;
    const words = this.#words;
    const count = words === null ? 0 : words.length / (HEAD_WORDS + this.bins);
    this.#channels = Object.freeze(Array.from({ length: count }, (_, c) => readChannel(words!, c, this.bins)));
    return this.#channels;
  }

  /**
   * Takes x into the statistics.
   * @param x float32, contiguous; per channel, the axis has the same length every time; per block, all dimensions have
   * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for more channels and bins than 2 GiB hold, or 2^64 values in a channel
   */
  observe(x: TensorLike<'float32'>): this {
    const { data, channels, inner, axis, block } = this.#prepare(x);
    const words = this.#words ?? allocateWords(channels, this.bins);
    addon.observeSketch(data, words, this.bins, inner, axis, block);
    return this.#keep(words);
  }

  /** As observe, computed off the event loop. x is copied before the call returns; when aborted, it does not count. */
  async observeAsync(x: TensorLike<'float32'>, options?: AsyncOptions): Promise<this> {
    const signal = signalOf(options);
    const { data, channels, inner, axis, block } = this.#prepare(x);
    const seen = allocateWords(channels, this.bins);
    await untilAborted(signal, () => addon.observeSketchAsync(data, seen, this.bins, inner, axis, block));
    return this.#add(seen);
  }

  /**
   * Adds what another sketch has seen; associative and commutative, bit for bit.
   * @throws ERR_SHAPE if bins, axis, block or number of channels differ; ERR_RANGE beyond 2^64 - 1 values in a channel
   */
  merge(other: Sketch): this {
    if (!(other instanceof Sketch)) reject('other', 'a Sketch', other, 'ERR_DTYPE');
    if (!sameForm(this, other))
      throw makeError('ERR_SHAPE', 'sketches with different bins, axes or blocks cannot be merged');
    const words = other.#words;
    return words === null ? this : this.#add(other === this ? words.slice() : words);
  }

  /** A sketch of the same data, which goes its own way. */
  clone(): Sketch {
    return new Sketch(this, this.#words?.slice() ?? null, CHECKED);
  }

  /** Plain data of exact numbers, which JSON can hold. */
  toJSON(): SketchJson {
    return sketchToJson(this, this.#words);
  }

  /** The sketch that toJSON described. Throws ERR_DTYPE, ERR_RANGE, ERR_SHAPE or ERR_UNSUPPORTED for anything else. */
  static fromJSON(json: SketchJson): Sketch {
    const { form, words } = sketchFromJson(json);
    return new Sketch(form, words, CHECKED);
  }

  /** The sketch as a file has it: docs/sketch-format.md. The same sketch gives the same bytes on every machine. */
  toBytes(): Uint8Array {
    return sketchToBytes(this, this.#words);
  }

  /** The sketch that toBytes wrote. Throws ERR_FILE for damage, ERR_UNSUPPORTED for another version. */
  static fromBytes(bytes: Uint8Array): Sketch {
    const { form, words } = sketchFromBytes(bytes);
    return new Sketch(form, words, CHECKED);
  }

  #prepare(x: TensorLike<'float32'>) {
    const input = readTensorLike('x', x, FLOATS);
    checkContiguous('x', input);
    const view = viewOf(input.dims, this);
    this.#checkChannels(view.channels);
    return { data: input.data, ...view };
  }

  #checkChannels(count: number): void {
    const known = this.#words === null ? count : this.#words.length / (HEAD_WORDS + this.bins);
    if (count !== known)
      throw makeError('ERR_SHAPE', `${count} channels do not fit the ${known} that were observed before`);
  }

  /** Adds another sketch's words, which stay as they are. */
  #add(words: BigUint64Array): this {
    this.#checkChannels(words.length / (HEAD_WORDS + this.bins));
    if (this.#words === null) return this.#keep(words.slice());
    addon.mergeSketch(this.#words, words, this.bins);
    return this.#keep(this.#words);
  }

  #keep(words: BigUint64Array): this {
    this.#words = words;
    this.#channels = null;
    return this;
  }
}

/** @internal Adds the words of a sketch of the same form, and gives the sketch. Throws ERR_DTYPE for anything but a Sketch. */
export function addSketchWords(sketch: Sketch): (words: BigUint64Array) => Sketch {
  if (!(sketch instanceof Sketch)) reject('sketch', 'a Sketch', sketch, 'ERR_DTYPE');
  return adderOf(sketch);
}

function checkForm(options: SketchOptions | undefined): SketchForm {
  const { bins = 4096, axis, block } = checkOptions('options', options);
  if (block !== undefined && axis === undefined) reject('axis', 'given with block', axis, 'ERR_DTYPE');
  return {
    bins: checkBins('bins', bins),
    axis: axis === undefined ? undefined : checkInteger('axis', axis, -64, 63),
    block: block === undefined ? undefined : checkInteger('block', block, 1, 2 ** 31 - 1),
  };
}
