// The codec: float32 vectors to codes of a few bits and back, and products with vectors that stay encoded.
import { type AsyncOptions, signalOf, untilAborted } from '../../abort_signal';
import { addon } from '../../addon';
import type { RotationHandle } from '../../addon_types/turboquant';
import { makeError } from '../../errors';
import { checkOutput, deliver, outputArray } from '../../tensor/output_array';
import { allocateOrThrow, CHECKED, Tensor, type TensorLike } from '../../tensor/tensor';
import { checkOptions, reject } from '../../validate';
import { bitsPerValue, type CodeFormat, checkFormat, type TurboQuantOptions } from './code_format';
import { Codes, planesLength } from './codes';
import { SCALE_KINDS } from './scale_kind';
import { type VectorRows, vectorRows } from './vector_rows';

export interface VectorOutOptions {
  /** Where the result goes, of its length; a new array by default. */
  readonly out?: Float32Array | undefined;
}

/**
 * Encodes vectors of `dim` float32 values in `bits` bits each: a seeded rotation makes their coordinates nearly normal, so that one
 * table of levels, the Lloyd-Max quantizer of a normal variable, serves all vectors, and each vector has a scale. No training.
 * The same codes and scales on every machine and with any number of threads. Up to 16,384 values; a power of two is fastest.
 *
 * Sources: TurboQuant (arXiv 2504.19874), DRIVE (arXiv 2105.08339), EDEN (arXiv 2108.08842).
 */
export class TurboQuant {
  readonly format: CodeFormat;
  readonly #rotation: RotationHandle;

  /** @throws ERR_DTYPE, ERR_RANGE for options that are not as documented */
  constructor(options: TurboQuantOptions) {
    this.format = checkFormat(options);
    const { dim, seed } = this.format;
    this.#rotation = addon.createRotation(dim, Number(seed & 0xffffffffn), Number(seed >> 32n), 0);
  }

  /** What is stored for each value of a vector: its codes and its scale, divided by `dim`. */
  get bitsPerValue(): number {
    return bitsPerValue(this.format);
  }

  /**
   * @param x float32 [..., dim], finite; `strides` may put rows apart
   * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE, naming the row, for NaN, infinities, and scales beyond their type
   */
  encode(x: TensorLike<'float32'>): Codes {
    const rows = vectorRows('x', x, this.format.dim);
    const codes = this.#room(rows);
    addon.encodeVectors(...this.#encoding(rows, codes));
    return codes;
  }

  /** As encode, off the event loop. x is copied before the call returns. */
  async encodeAsync(x: TensorLike<'float32'>, options?: AsyncOptions): Promise<Codes> {
    const signal = signalOf(options);
    const rows = vectorRows('x', x, this.format.dim);
    const codes = this.#room(rows);
    await untilAborted(signal, () => addon.encodeVectorsAsync(...this.#encoding(rows, codes)));
    return codes;
  }

  /**
   * As encode, into `codes`, which has this format and as many vectors as x has rows. After an error what is in them is not
   * defined.
   */
  encodeInto(x: TensorLike<'float32'>, codes: Codes): Codes {
    this.#check(codes);
    const rows = vectorRows('x', x, this.format.dim);
    if (rows.m !== codes.count) throw makeError('ERR_SHAPE', `codes must have ${rows.m} vectors, got ${codes.count}`);
    addon.encodeVectors(...this.#encoding(rows, codes));
    return codes;
  }

  /** @returns float32 [count, dim]. Throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for codes of another format. */
  decode(codes: Codes, options?: VectorOutOptions): Tensor<'float32'> {
    const form = this.#decoded(codes);
    const out = outputArray(checkOptions('options', options).out, form);
    addon.decodeVectors(...this.#encoded(codes), out);
    return new Tensor('float32', out, form.dims, CHECKED);
  }

  /** As decode, off the event loop. */
  async decodeAsync(codes: Codes, options?: VectorOutOptions & AsyncOptions): Promise<Tensor<'float32'>> {
    const signal = signalOf(options);
    const form = this.#decoded(codes);
    const { out } = checkOptions('options', options);
    checkOutput(out, form);
    const result = outputArray(undefined, form);
    await untilAborted(signal, () => addon.decodeVectorsAsync(...this.#encoded(codes), result));
    return new Tensor('float32', deliver(out, result, form), form.dims, CHECKED);
  }

  /**
   * Inner products of queries with decoded vectors, which are not decoded for that: with up to 4 bits levels and rotated queries are
   * rounded to 8 bits, which adds less error than codes of 7 bits have; with more bits products are float32.
   * @param queries float32 [..., dim], finite
   * @returns float32 [queries, count]
   * @throws as decode
   */
  score(codes: Codes, queries: TensorLike<'float32'>, options?: VectorOutOptions): Tensor<'float32'> {
    const form = this.#scored(codes, queries);
    const out = outputArray(checkOptions('options', options).out, form);
    addon.scoreVectors(...this.#encoded(codes), form.rows.data, out, form.rows.m, form.rows.stride);
    return new Tensor('float32', out, form.dims, CHECKED);
  }

  /** As score, off the event loop. */
  async scoreAsync(
    codes: Codes,
    queries: TensorLike<'float32'>,
    options?: VectorOutOptions & AsyncOptions,
  ): Promise<Tensor<'float32'>> {
    const signal = signalOf(options);
    const form = this.#scored(codes, queries);
    const { out } = checkOptions('options', options);
    checkOutput(out, form);
    const result = outputArray(undefined, form);
    const { data, m, stride } = form.rows;
    await untilAborted(signal, () => addon.scoreVectorsAsync(...this.#encoded(codes), data, result, m, stride));
    return new Tensor('float32', deliver(out, result, form), form.dims, CHECKED);
  }

  /** R x for each row of x, float32 [..., dim]: inner products and norms stay. Throws ERR_SHAPE, ERR_DTYPE. */
  rotate(x: TensorLike<'float32'>, options?: VectorOutOptions): Tensor<'float32'> {
    return this.#turn(x, options, false);
  }

  /** The inverse of rotate. */
  rotateBack(x: TensorLike<'float32'>, options?: VectorOutOptions): Tensor<'float32'> {
    return this.#turn(x, options, true);
  }

  #turn(x: TensorLike<'float32'>, options: VectorOutOptions | undefined, back: boolean): Tensor<'float32'> {
    const { dim } = this.format;
    const { data, m, stride } = vectorRows('x', x, dim);
    const form = { type: 'float32', count: m * dim, dims: [m, dim] } as const;
    const out = outputArray(checkOptions('options', options).out, form);
    addon.rotateVectors(data, this.#rotation, out, m, stride, back);
    return new Tensor('float32', out, form.dims, CHECKED);
  }

  #room({ m }: VectorRows): Codes {
    const { format } = this;
    const planes = allocateOrThrow('uint8', planesLength(format, m), [m, format.dim]);
    return new Codes(format, planes, allocateOrThrow('float32', m, [m]));
  }

  #encoding({ data, stride }: VectorRows, { planes, scales }: Codes) {
    const { bits, scale, scaleType } = this.format;
    const kind = SCALE_KINDS.indexOf(scale);
    return [data, this.#rotation, planes, scales, stride, bits, kind, scaleType === 'float16'] as const;
  }

  #encoded({ planes, scales }: Codes) {
    return [planes, scales, this.#rotation, this.format.bits] as const;
  }

  #decoded(codes: Codes) {
    this.#check(codes);
    const { dim } = this.format;
    return { type: 'float32', count: codes.count * dim, dims: [codes.count, dim] } as const;
  }

  #scored(codes: Codes, queries: TensorLike<'float32'>) {
    this.#check(codes);
    const rows = vectorRows('queries', queries, this.format.dim);
    return { type: 'float32', count: rows.m * codes.count, dims: [rows.m, codes.count], rows } as const;
  }

  /** Scales matter only to whoever encodes. */
  #check(codes: Codes): void {
    if (!(codes instanceof Codes)) reject('codes', 'Codes', codes, 'ERR_DTYPE');
    for (const name of ['dim', 'bits', 'seed'] as const)
      if (codes.format[name] !== this.format[name])
        throw makeError('ERR_RANGE', `codes must be of ${name} ${this.format[name]}, got ${codes.format[name]}`);
  }
}
