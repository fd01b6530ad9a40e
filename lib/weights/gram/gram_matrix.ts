// Second moments of a layer's inputs: all that GPTQ, AWQ and SmoothQuant ask of calibration data.
import { makeError } from '../../errors';
import { matmulFloat32 } from '../../matmul';
import type { TensorLike } from '../../tensor';
import { rowsOf } from '../../tensor/matrix';
import { checkTensorLike } from '../../tensor/tensor';
import { checkInteger, reject } from '../../validate';
import { type GramParts, gramFromBytes, gramToBytes } from './gram_bytes';
import { triangleLength } from './triangle';

/** Rows whose products are summed in float32, in one chain; the sums of chains are double. */
const CHAIN = 64;
const FLOATS = ['float32'] as const;

/**
 * G = sum of x xᵀ over all rows x of a layer's inputs, their number, and for each channel the largest |x| and the sum of |x|.
 * Its memory depends on the channels alone: 4 k (k + 1) bytes, however many rows come.
 *
 * Precision: products are summed in float32 in chains of 64 rows, and chains in double: |error of G[i][j]| is at most
 * 2^-18 · sum of |x[i] x[j]|. A batch is cut into chains from its first row, and every instruction set gives the same bits; how
 * rows are spread over batches and machines changes G within that bound. Counts and largest magnitudes are exact.
 */
export class GramMatrix {
  readonly channels: number;
  #parts: GramParts;

  /** @throws ERR_DTYPE, ERR_RANGE unless `channels` is from 1 to 65,536; ERR_SHAPE if there is no memory for so many */
  constructor(channels: number) {
    this.channels = checkInteger('channels', channels, 1, 65_536);
    this.#parts = {
      rows: 0,
      products: allocateDoubles(triangleLength(channels)),
      absmax: new Float32Array(channels),
      magnitudes: new Float64Array(channels),
    };
  }

  /** Rows so far. */
  get rows(): number {
    return this.#parts.rows;
  }

  /** The largest |x| of each channel. A copy. */
  get absmax(): Float32Array {
    return this.#parts.absmax.slice();
  }

  /** The mean |x| of each channel, 0 before any rows. */
  get meanMagnitude(): Float64Array {
    return this.#parts.magnitudes.map((sum) => sum / Math.max(this.rows, 1));
  }

  /** G[i][j], 0 before any rows. */
  at(i: number, j: number): number {
    return this.#parts.products[i <= j ? indexIn(this.channels, i, j) : indexIn(this.channels, j, i)]!;
  }

  /**
   * The statistics of inputs whose channels are divided by factors.
   * @throws ERR_SHAPE unless there is one for each channel; ERR_RANGE unless all are finite and greater than 0
   */
  divided(factors: ArrayLike<number>): GramMatrix {
    const { channels } = this;
    if (factors.length !== channels)
      throw makeError('ERR_SHAPE', `there must be ${channels} factors, got ${factors.length}`);
    for (let i = 0; i < channels; i++)
      if (!(factors[i]! > 0 && factors[i]! < Number.POSITIVE_INFINITY))
        reject('factors', 'above 0', factors[i], 'ERR_RANGE');
    const result = new GramMatrix(channels).merge(this);
    const { products, absmax, magnitudes } = result.#parts;
    for (let i = 0, at = 0; i < channels; i++) {
      for (let j = i; j < channels; j++, at++) products[at]! /= factors[i]! * factors[j]!;
      absmax[i]! /= factors[i]!;
      magnitudes[i]! /= factors[i]!;
    }
    return result;
  }

  /** The upper triangle of G, row by row: channels (channels + 1) / 2 values. A copy. */
  toTriangle(): Float64Array {
    return this.#parts.products.slice();
  }

  /** G in full, row by row: [channels, channels]. */
  toMatrix(): Float64Array {
    const { channels } = this;
    const { products } = this.#parts;
    const matrix = new Float64Array(channels * channels);
    for (let i = 0, at = 0; i < channels; i++)
      for (let j = i; j < channels; j++, at++) matrix[i * channels + j] = matrix[j * channels + i] = products[at]!;
    return matrix;
  }

  /**
   * Takes rows in: float32 [..., channels], one row for each position.
   * @throws ERR_DTYPE, ERR_SHAPE for anything else; ERR_RANGE for NaN and infinities, naming the first: then nothing counts
   */
  add(inputs: TensorLike<'float32'>): this {
    const { data, m, k, stride } = rowsOf('inputs', checkTensorLike('inputs', inputs, FLOATS));
    if (k !== this.channels)
      throw makeError('ERR_SHAPE', `inputs must have ${this.channels} channels, got dims [${inputs.dims.join(', ')}]`);
    checkRows({ data, m, k, stride });
    for (let row = 0; row < m; row += CHAIN) this.#addChain(data, row * stride, Math.min(CHAIN, m - row), stride);
    return this;
  }

  #addChain(data: Float32Array, from: number, count: number, stride: number): void {
    const { channels } = this;
    const { products, absmax, magnitudes } = this.#parts;
    const [rows, columns] = [new Float32Array(count * channels), new Float32Array(count * channels)];
    for (let r = 0; r < count; r++)
      for (let i = 0; i < channels; i++) {
        const value = data[from + r * stride + i]!;
        rows[r * channels + i] = columns[i * count + r] = value;
        const magnitude = Math.abs(value);
        if (magnitude > absmax[i]!) absmax[i] = magnitude;
        magnitudes[i]! += magnitude;
      }
    const product = matmulFloat32(
      { type: 'float32', dims: [channels, count], data: columns },
      { type: 'float32', dims: [count, channels], data: rows },
    ).data;
    for (let i = 0, at = 0; i < channels; i++)
      for (let j = i; j < channels; j++, at++) products[at]! += product[i * channels + j]!;
    this.#parts.rows += count;
  }

  /** Takes another's rows in, such as those that another machine saw. Throws ERR_DTYPE, and ERR_SHAPE for other channels. */
  merge(other: GramMatrix): this {
    if (!(other instanceof GramMatrix)) reject('other', 'a GramMatrix', other, 'ERR_DTYPE');
    if (other.channels !== this.channels)
      throw makeError('ERR_SHAPE', `a Gram matrix of ${other.channels} channels does not fit one of ${this.channels}`);
    const [mine, theirs] = [this.#parts, other.#parts];
    for (let i = 0; i < mine.products.length; i++) mine.products[i]! += theirs.products[i]!;
    for (let i = 0; i < this.channels; i++) {
      mine.absmax[i] = Math.max(mine.absmax[i]!, theirs.absmax[i]!);
      mine.magnitudes[i]! += theirs.magnitudes[i]!;
    }
    mine.rows += theirs.rows;
    return this;
  }

  /** All of it as bytes, the same for the same statistics; docs/weights.md has the layout. */
  toBytes(): Uint8Array {
    return gramToBytes(this.channels, this.#parts);
  }

  /** What toBytes gave. Throws ERR_DTYPE for what is not bytes, ERR_UNSUPPORTED for another version, ERR_FILE for damage. */
  static fromBytes(bytes: Uint8Array): GramMatrix {
    const { channels, parts } = gramFromBytes(bytes);
    const gram = new GramMatrix(channels);
    gram.#parts = parts;
    return gram;
  }
}

function allocateDoubles(length: number): Float64Array {
  try {
    return new Float64Array(length);
  } catch (cause) {
    throw makeError('ERR_SHAPE', `cannot allocate ${8 * length} bytes for a Gram matrix`, { cause });
  }
}

const indexIn = (channels: number, i: number, j: number): number => i * channels - (i * (i - 1)) / 2 + (j - i);

interface Values {
  readonly data: Float32Array;
  readonly m: number;
  readonly k: number;
  readonly stride: number;
}

function checkRows({ data, m, k, stride }: Values): void {
  for (let row = 0; row < m; row++)
    for (let i = 0; i < k; i++) {
      const value = data[row * stride + i]!;
      // A product of two such values must be finite too.
      if (!(Math.abs(value) <= 2 ** 60))
        throw makeError('ERR_RANGE', `inputs must be finite, up to 2^60, got ${value} in row ${row}, channel ${i}`);
    }
}
