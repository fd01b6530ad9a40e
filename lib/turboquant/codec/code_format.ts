// How vectors are encoded: what a codec is made from, and what its codes carry with them.
import { checkInteger, checkOneOf, isObject, reject } from '../../validate';
import { SCALE_KINDS, type ScaleKind } from './scale_kind';

/** Types of the stored scales. In files the type is its index here. */
export const SCALE_TYPES = ['float32', 'float16'] as const;
export type ScaleType = (typeof SCALE_TYPES)[number];

export interface CodeFormat {
  /** Values of a vector, from 8 to 16,384. */
  readonly dim: number;
  /** Bits of a code, from 1 to 8. */
  readonly bits: number;
  readonly scale: ScaleKind;
  readonly scaleType: ScaleType;
  /** Of the rotation, from 0 to 2^64 - 1. */
  readonly seed: bigint;
}

/** A format as it is asked for. */
export interface TurboQuantOptions {
  readonly dim: number;
  readonly bits: number;
  /** Default `matchedNorm`. */
  readonly scale?: ScaleKind | undefined;
  /** Default `float32`. A `float16` scale rounds to 11 bits, is 0 below 2^-25, and is refused above 65,504. */
  readonly scaleType?: ScaleType | undefined;
  /** A whole number, up to 2^53 - 1 if it is no bigint. Default 0. */
  readonly seed?: number | bigint | undefined;
}

/** Throws ERR_DTYPE, ERR_RANGE. */
export function checkFormat(options: TurboQuantOptions): CodeFormat {
  if (!isObject(options)) reject('options', 'an object with dim and bits', options, 'ERR_DTYPE');
  const { dim, bits, scale = 'matchedNorm', scaleType = 'float32', seed = 0 } = options;
  return Object.freeze({
    dim: checkInteger('dim', dim, 8, 16_384),
    bits: checkInteger('bits', bits, 1, 8),
    scale: checkOneOf('scale', scale, SCALE_KINDS),
    scaleType: checkOneOf('scaleType', scaleType, SCALE_TYPES),
    seed: checkSeed(seed),
  });
}

/** A seed of a rotation: an integer from 0 to 2^53 - 1, or a bigint below 2^64. Throws ERR_DTYPE, ERR_RANGE. */
export function checkSeed(seed: unknown): bigint {
  if (typeof seed === 'number') return BigInt(checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER));
  if (typeof seed !== 'bigint') reject('seed', 'a number or a bigint', seed, 'ERR_DTYPE');
  if (seed < 0n || seed >= 1n << 64n) reject('seed', 'from 0 to 2^64 - 1', seed, 'ERR_RANGE');
  return seed;
}

const PLANES = [[1], [2], [2, 1], [4], [4, 1], [4, 2], [4, 2, 1], [8]] as const;

/** Bytes of a vector's codes in memory: planes of some bits of each code, each padded to whole bytes. */
export const planeBytes = ({ bits, dim }: Pick<CodeFormat, 'bits' | 'dim'>): number =>
  PLANES[bits - 1]!.reduce((bytes, width) => bytes + Math.ceil((width * dim) / 8), 0);

/** Bytes of a vector's codes in files: one stream of bits, padded to whole bytes. */
export const streamBytes = ({ bits, dim }: Pick<CodeFormat, 'bits' | 'dim'>): number => Math.ceil((bits * dim) / 8);

/** What a vector takes in a file for each of its values: codes and scale. */
export const bitsPerValue = (format: CodeFormat): number =>
  (8 * streamBytes(format) + (format.scaleType === 'float16' ? 16 : 32)) / format.dim;
