// A sketch in memory, as native code has it: for each channel a head of 21 words, then the counts of its bins.
import { makeError } from '../errors';
import { isObject, reject } from '../validate';

/** Words before a channel's counts: count, NaN, infinities, bounds, width, six of the sum, ten of the squares. */
export const HEAD_WORDS = 21;
export const SUM_WORDS = 6;
export const SQUARE_WORDS = 10;
/** Bits of a sum in two's complement, and of a sum of squares. */
export const SUM_BITS = 64 * SUM_WORDS;
export const SQUARE_BITS = 64 * SQUARE_WORDS;
/** Sums count units of 2^-149, sums of squares their squares; a width counts bits of the first. */
export const UNIT = -149;
export const MOST_WIDTH = 277;

const SUM_AT = 5;
const SQUARES_AT = SUM_AT + SUM_WORDS;
const MOST_BYTES = 2 ** 31;

/** Statistics of one tensor, or of one channel of it. */
export interface SketchChannel {
  /** All values seen, NaN and infinities included. */
  readonly count: bigint;
  readonly nanCount: bigint;
  readonly infinityCount: bigint;
  /** Of finite values, a zero always +0; +Infinity and -Infinity before there is one. */
  readonly min: number;
  readonly max: number;
  /** Of finite values: the exact sum, and that of the squares, rounded once. */
  readonly sum: number;
  readonly sumOfSquares: number;
  /**
   * The histogram lies on [-R, R] with R = 2^exponent, the smallest power of two greater than every finite magnitude,
   * -148 to 128. null before a finite value other than 0 came.
   */
  readonly exponent: number | null;
  /**
   * Finite values by magnitude: x is in bin floor(|x| * bins / (2R)) of its sign's half. The positive half starts at
   * bins / 2 and goes up, the negative half starts at bins / 2 - 1 and goes down; +0 and -0 count as positive.
   */
  readonly counts: BigUint64Array;
}

/** A channel's numbers as they are kept: sums as integers, the range as the bits of the largest magnitude. */
export interface ChannelParts {
  count: bigint;
  nanCount: bigint;
  infinityCount: bigint;
  min: number;
  max: number;
  width: number;
  /** In units of 2^-149, and of 2^-298. */
  sum: bigint;
  squares: bigint;
}

/** Zeroed words. Throws ERR_RANGE for more than 2 GiB, and where there is no such memory. */
export function allocateWords(channels: number, bins: number): BigUint64Array {
  const length = channels * (HEAD_WORDS + bins);
  const refuse = (cause?: unknown): never => {
    const size = `a sketch of ${channels} channels and ${bins} bins takes ${8 * length} bytes`;
    throw makeError('ERR_RANGE', `${size}, which cannot be had; at most ${MOST_BYTES} can`, { cause });
  };
  if (8 * length > MOST_BYTES) refuse();
  try {
    return new BigUint64Array(length);
  } catch (cause) {
    return refuse(cause);
  }
}

/** The number of bins; throws unless it is a power of two from 2 to 65,536. */
export function checkBins(name: string, value: unknown): number {
  if (typeof value !== 'number') reject(name, 'a number', value, 'ERR_DTYPE');
  if (!(value >= 2 && value <= 65_536 && Number.isInteger(Math.log2(value))))
    reject(name, 'a power of two from 2 to 65536', value, 'ERR_RANGE');
  return value;
}

/** Where the words of a channel begin. */
export function wordsAt(channel: number, bins: number): number {
  return channel * (HEAD_WORDS + bins);
}

export function countsOf(words: BigUint64Array, channel: number, bins: number): BigUint64Array {
  const at = wordsAt(channel, bins) + HEAD_WORDS;
  return words.subarray(at, at + bins);
}

export function readParts(words: BigUint64Array, channel: number, bins: number): ChannelParts {
  const head = words.subarray(wordsAt(channel, bins), wordsAt(channel, bins) + HEAD_WORDS);
  const [count, nanCount, infinityCount] = [head[0]!, head[1]!, head[2]!];
  const some = count !== nanCount + infinityCount;
  const [min, max] = new Float32Array(head.buffer, head.byteOffset + 24, 2);
  return {
    count,
    nanCount,
    infinityCount,
    min: some ? min! : Number.POSITIVE_INFINITY,
    max: some ? max! : Number.NEGATIVE_INFINITY,
    width: Number(head[4]),
    sum: BigInt.asIntN(SUM_BITS, integerOf(head.subarray(SUM_AT, SQUARES_AT))),
    squares: integerOf(head.subarray(SQUARES_AT)),
  };
}

/** The reverse of readParts; sums are taken modulo what their words hold. */
export function writeParts(words: BigUint64Array, channel: number, bins: number, parts: ChannelParts): void {
  const head = words.subarray(wordsAt(channel, bins), wordsAt(channel, bins) + HEAD_WORDS);
  head.set([parts.count, parts.nanCount, parts.infinityCount, 0n, BigInt(parts.width)]);
  if (parts.min <= parts.max) new Float32Array(head.buffer, head.byteOffset + 24, 2).set([parts.min, parts.max]);
  writeInteger(head.subarray(SUM_AT, SQUARES_AT), parts.sum);
  writeInteger(head.subarray(SQUARES_AT), parts.squares);
}

/** A snapshot of a channel. */
export function readChannel(words: BigUint64Array, channel: number, bins: number): SketchChannel {
  const { width, sum, squares, ...rest } = readParts(words, channel, bins);
  return Object.freeze({
    ...rest,
    exponent: width === 0 ? null : width + UNIT,
    sum: Number(sum) * 2 ** UNIT, // the conversion rounds, the product never does
    sumOfSquares: Number(squares) * 2 ** (2 * UNIT),
    counts: countsOf(words, channel, bins).slice(),
  });
}

/** The bits of a finite float32 magnitude in units of 2^-149: it is below 2^(width - 149), and not below half of that. */
export function widthOf(magnitude: number): number {
  if (magnitude === 0) return 0;
  const bits = new Uint32Array(Float32Array.of(magnitude).buffer)[0]!;
  return bits >= 0x800000 ? (bits >>> 23) + 23 : 32 - Math.clz32(bits);
}

function integerOf(limbs: BigUint64Array): bigint {
  return limbs.reduceRight((value, limb) => (value << 64n) | limb, 0n);
}

function writeInteger(limbs: BigUint64Array, value: bigint): void {
  for (let i = 0; i < limbs.length; i++) limbs[i] = BigInt.asUintN(64, value >> BigInt(64 * i));
}

/** @internal For readers: an object, or ERR_DTYPE. */
export function checkPlain(name: string, value: unknown): Record<string, unknown> {
  if (!isObject(value) || Array.isArray(value)) reject(name, 'an object', value, 'ERR_DTYPE');
  return value;
}
