// Whether numbers that came from outside are those of a sketch.
import {
  type ChannelParts,
  countsOf,
  MOST_WIDTH,
  readParts,
  SQUARE_BITS,
  SUM_BITS,
  UNIT,
  widthOf,
} from './sketch_words';

const MOST_COUNT = 2n ** 64n - 1n;

/** What is wrong with a channel before it is written into words, or undefined. */
export function partsProblem(parts: ChannelParts): string | undefined {
  const { count, nanCount, infinityCount, min, max, width, sum, squares } = parts;
  if (count > MOST_COUNT || nanCount + infinityCount > count) return 'counts that do not add up';
  if (!Number.isInteger(width) || width < 0 || width > MOST_WIDTH) return 'a range that float32 does not have';
  if (BigInt.asIntN(SUM_BITS, sum) !== sum || BigInt.asUintN(SQUARE_BITS, squares) !== squares)
    return 'sums beyond 2^64 values';
  if (count === nanCount + infinityCount)
    return min === Number.POSITIVE_INFINITY && max === Number.NEGATIVE_INFINITY && width === 0
      ? undefined
      : 'bounds without finite values';
  if (!isBound(min) || !isBound(max) || !(min <= max)) return 'bounds that are not those of float32 values';
  return widthOf(Math.max(Math.abs(min), Math.abs(max))) === width ? undefined : 'a range that its bounds do not have';
}

/** What is wrong with a channel of words, or undefined: its histogram and sums must be possible with its bounds. */
export function wordsProblem(words: BigUint64Array, channel: number, bins: number): string | undefined {
  const { count, nanCount, infinityCount, min, max, width, sum, squares } = readParts(words, channel, bins);
  const counts = countsOf(words, channel, bins);
  const finite = count - nanCount - infinityCount;
  const first = counts.findIndex((bin) => bin !== 0n);
  if (counts.subarray(Math.max(first, 0)).reduce((total, bin) => total + bin, 0n) !== finite)
    return 'a histogram of another number of values';
  if (finite > 0n) {
    const last = counts.findLastIndex((bin) => bin !== 0n);
    if (first !== binOf(min, width, bins) || last !== binOf(max, width, bins)) return 'bounds outside its histogram';
  }
  return sumsFit(finite, min, max, sum, squares) ? undefined : 'sums that its bounds rule out';
}

function sumsFit(finite: bigint, min: number, max: number, sum: bigint, squares: bigint): boolean {
  if (finite === 0n) return sum === 0n && squares === 0n;
  const [low, high] = [unitsOf(min), unitsOf(max)];
  const largest = -low > high ? low * low : high * high;
  return sum >= finite * low && sum <= finite * high && squares >= largest && squares <= finite * largest;
}

function isBound(value: number): boolean {
  return Number.isFinite(value) && Math.fround(value) === value && !Object.is(value, -0);
}

/** A finite float32 value in units of 2^-149. Doubles of such a size are integers. */
function unitsOf(value: number): bigint {
  return BigInt(value * 2 ** -UNIT);
}

/** The bin of a value in a histogram whose range has this width. */
function binOf(value: number, width: number, bins: number): number {
  const bin = width === 0 ? 0 : Math.floor(Math.abs(value) * (bins / 2) * 2 ** -(width + UNIT));
  return value < 0 ? bins / 2 - 1 - bin : bins / 2 + bin;
}
