// PolarQuant: blocks of 16 coordinates as one radius and 15 angles.
import { makeError } from '../../errors';
import { isDataOf } from '../../tensor/dtype';
import { halfBits } from '../../tensor/half_floats';
import { valuesOf } from '../../tensor/small_floats';
import { Tensor, type TensorLike } from '../../tensor/tensor';
import { checkInteger, isObject, reject } from '../../validate';
import { TurboQuant } from '../codec/turbo_quant';
import { angleLevels } from './angle_levels';

const LEVELS = 4;
const BLOCK = 2 ** LEVELS;
const ANGLES = BLOCK - 1;

export interface PolarQuantOptions {
  /** Values of a vector, a multiple of 16 up to 16,384. */
  readonly dim: number;
  /** Bits of the angles of each of the four levels, from 1 to 8. Default [4, 2, 2, 2]: 3.875 bits a value. */
  readonly bits?: readonly number[] | undefined;
  readonly seed?: number | bigint | undefined;
}

/** For each block of 16 coordinates the codes of 8, 4, 2 and 1 angles, level by level, and the radius in float16. */
export interface PolarCodes {
  readonly angles: Uint8Array;
  readonly radii: Uint16Array;
}

/**
 * Recursive PolarQuant (I. Han, P. Kacham, A. Karbasi, V. Mirrokni, A. Zandieh, arXiv 2502.02617): after a rotation pairs of coordinates
 * become radius and angle, pairs of radii again, four times; angles go to the nearest of their levels.
 *
 * For reproduction of papers only: 3.875 bits a value have the error of 3 bits of `TurboQuant`. The PolarQuant of arXiv 2502.00527, which
 * quantizes pairs of channels by their ranges, is another method. Not a format: nothing here is meant to be stored.
 */
export class PolarQuant {
  readonly dim: number;
  readonly bits: readonly number[];
  readonly #codec: TurboQuant;
  readonly #levels: readonly Float64Array[];

  /** @throws ERR_DTYPE, ERR_RANGE */
  constructor(options: PolarQuantOptions) {
    if (!isObject(options)) reject('options', 'an object with dim', options, 'ERR_DTYPE');
    const { bits = [4, 2, 2, 2], seed } = options;
    this.dim = checkInteger('dim', options.dim, BLOCK, 16_384);
    if (this.dim % BLOCK !== 0) reject('dim', 'a multiple of 16', this.dim, 'ERR_RANGE');
    if (!Array.isArray(bits) || bits.length !== LEVELS) reject('bits', 'four numbers', bits, 'ERR_DTYPE');
    this.bits = Array.from(bits, (width, i) => checkInteger(`bits[${i}]`, width, 1, 8));
    this.#levels = this.bits.map((width, i) => angleLevels(i + 1, width));
    this.#codec = new TurboQuant({ dim: this.dim, bits: 1, seed });
  }

  /** What is to be stored for each value: 3.875 for the bits of the paper. */
  get bitsPerValue(): number {
    return this.bits.reduce((sum, width, level) => sum + (width * BLOCK) / 2 ** (level + 1), 16) / BLOCK;
  }

  /** Codes of float32 [..., dim]. Throws ERR_SHAPE, ERR_DTYPE. */
  encode(x: TensorLike<'float32'>): PolarCodes {
    const { data } = this.#codec.rotate(x);
    const count = data.length / BLOCK;
    const [angles, radii] = [new Uint8Array(count * ANGLES), new Uint16Array(count)];
    const values = new Float64Array(BLOCK);
    for (let block = 0; block < count; block++) {
      values.set(data.subarray(block * BLOCK, (block + 1) * BLOCK));
      this.#fold(values, angles.subarray(block * ANGLES, (block + 1) * ANGLES));
      radii[block] = halfBits(values[0]!);
    }
    return { angles, radii };
  }

  /** float32 [count, dim]. Throws ERR_DTYPE, ERR_SHAPE; ERR_RANGE for a code beyond its bits. */
  decode(codes: PolarCodes): Tensor<'float32'> {
    const { angles, radii } = this.#checked(codes);
    const halves = valuesOf('float16');
    const data = new Float32Array(radii.length * BLOCK);
    const values = new Float64Array(BLOCK);
    for (let block = 0; block < radii.length; block++) {
      values[0] = halves[radii[block]!]!;
      this.#unfold(values, angles.subarray(block * ANGLES, (block + 1) * ANGLES));
      data.set(values, block * BLOCK);
    }
    return this.#codec.rotateBack(new Tensor('float32', data, [data.length / this.dim, this.dim]));
  }

  #checked(codes: PolarCodes): PolarCodes {
    if (!isObject(codes)) reject('codes', 'what encode() returned', codes, 'ERR_DTYPE');
    const { angles, radii } = codes;
    if (!isDataOf('uint8', angles)) reject('codes.angles', 'a Uint8Array', angles, 'ERR_DTYPE');
    if (!isDataOf('uint16', radii)) reject('codes.radii', 'a Uint16Array', radii, 'ERR_DTYPE');
    if ((radii.length * BLOCK) % this.dim !== 0 || angles.length !== radii.length * ANGLES)
      throw makeError(
        'ERR_SHAPE',
        `${angles.length} angles and ${radii.length} radii are no blocks of vectors of ${this.dim}`,
      );
    for (let at = 0; at < angles.length; at++)
      if (angles[at]! >= 2 ** this.bits[levelOf(at % ANGLES)]!)
        throw makeError(
          'ERR_RANGE',
          `angles[${at}] must be below ${2 ** this.bits[levelOf(at % ANGLES)]!}, got ${angles[at]}`,
        );
    return codes;
  }

  /** The block's radius to values[0], its angles' codes to `codes`. */
  #fold(values: Float64Array, codes: Uint8Array): void {
    for (let level = 0, at = 0; level < LEVELS; level++)
      for (let pair = 0; pair < BLOCK / 2 ** (level + 1); pair++, at++) {
        const [a, b] = [values[2 * pair]!, values[2 * pair + 1]!];
        const angle = Math.atan2(b, a);
        codes[at] = nearest(this.#levels[level]!, level === 0 && angle < 0 ? angle + 2 * Math.PI : angle);
        values[pair] = Math.hypot(a, b);
      }
  }

  #unfold(values: Float64Array, codes: Uint8Array): void {
    for (let level = LEVELS - 1, end = ANGLES; level >= 0; level--) {
      const pairs = BLOCK / 2 ** (level + 1);
      for (let pair = pairs - 1; pair >= 0; pair--) {
        const radius = values[pair]!;
        const angle = this.#levels[level]![codes[end - pairs + pair]!]!;
        values[2 * pair] = radius * Math.cos(angle);
        values[2 * pair + 1] = radius * Math.sin(angle);
      }
      end -= pairs;
    }
  }
}

/** The level of an angle among the 8, 4, 2 and 1 of a block, from 0. */
const levelOf = (at: number): number => LEVELS - Math.ceil(Math.log2(BLOCK - at));

function nearest(levels: Float64Array, angle: number): number {
  let found = 0;
  for (let i = 1; i < levels.length; i++)
    if (Math.abs(levels[i]! - angle) < Math.abs(levels[found]! - angle)) found = i;
  return found;
}
