// What a vector index is made from.
import { checkInteger, checkOneOf, isObject, reject } from '../../validate';
import { checkSeed } from '../codec/code_format';
import { SCALE_KINDS, type ScaleKind } from '../codec/scale_kind';
import { ID_TYPES, type IdType } from './index_ids';

/** Scores: inner product, cosine, squared Euclidean distance. In files the metric is its index here. */
export const METRICS = ['ip', 'cosine', 'l2'] as const;
export type Metric = (typeof METRICS)[number];

/** What is kept of each vector for exact scores. In files the choice is its index here. */
export const KEPT_TYPES = ['none', 'float32', 'float16', 'int8'] as const;
export type KeptType = (typeof KEPT_TYPES)[number];

/** How vectors are searched other than by codes, as an exact or a plain index: by native number. */
const PLAIN_ROWS = { int8: { rows: 1, bits: 8 }, float32: { rows: 2, bits: 32 } } as const;

/** Bits of the codes, or vectors as int8 with a scale of each, or as they are. */
export type IndexBits = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'int8' | 'float32';

export interface VectorIndexOptions<Ids extends IdType = 'number'> {
  /** Values of a vector, from 8 to 16,384. */
  readonly dim: number;
  /** Default 4: TurboQuant codes of 4 bits. `int8` and `float32` are searched without codes. */
  readonly bits?: IndexBits | undefined;
  /** Default `ip`. */
  readonly metric?: Metric | undefined;
  /** Of codes. Default: `matchedNorm` for cosines, `unbiased` for the others. */
  readonly scale?: ScaleKind | undefined;
  /** Of the rotation, from 0 to 2^64 - 1. Default 0. */
  readonly seed?: number | bigint | undefined;
  /** What is kept of each vector for `rerank`. Default `none`; a `float32` index needs none. */
  readonly keep?: KeptType | undefined;
  /** How ids come back: as numbers, which end at 2^53 - 1, or as bigints. Default `number`. */
  readonly ids?: Ids | undefined;
}

/** An index as it is. */
export interface IndexForm {
  readonly dim: number;
  readonly bits: IndexBits;
  readonly metric: Metric;
  readonly scale: ScaleKind;
  readonly seed: bigint;
  readonly keep: KeptType;
  readonly ids: IdType;
}

/** Throws ERR_DTYPE, ERR_RANGE. */
export function checkIndexOptions(options: VectorIndexOptions<IdType>): IndexForm {
  if (!isObject(options)) reject('options', 'an object with dim', options, 'ERR_DTYPE');
  const { dim, bits = 4, metric = 'ip', seed = 0, keep = 'none', ids = 'number' } = options;
  const checked = checkOneOf('metric', metric, METRICS);
  const { scale = checked === 'cosine' ? 'matchedNorm' : 'unbiased' } = options;
  return Object.freeze({
    dim: checkInteger('dim', dim, 8, 16_384),
    bits: checkBits(bits),
    metric: checked,
    scale: checkOneOf('scale', scale, SCALE_KINDS),
    seed: checkSeed(seed),
    keep: checkOneOf('keep', keep, KEPT_TYPES),
    ids: checkOneOf('ids', ids, ID_TYPES),
  });
}

function checkBits(bits: unknown): IndexBits {
  if (bits === 'int8' || bits === 'float32') return bits;
  if (typeof bits !== 'number') reject('bits', 'from 1 to 8, "int8" or "float32"', bits, 'ERR_DTYPE');
  return checkInteger('bits', bits, 1, 8) as IndexBits;
}

/** The arguments of addon.createIndex. */
export function nativeSpec({ dim, bits, metric, scale, keep, seed }: IndexForm) {
  const plain = typeof bits === 'number' ? { rows: 0, bits } : PLAIN_ROWS[bits];
  const [low, high] = [Number(seed & 0xffff_ffffn), Number(seed >> 32n)];
  const numbers = [METRICS.indexOf(metric), SCALE_KINDS.indexOf(scale), KEPT_TYPES.indexOf(keep)] as const;
  return [dim, plain.rows, plain.bits, ...numbers, low, high] as const;
}

/** The form of an index that native code holds. */
export function formOf(
  info: {
    dim: number;
    rows: number;
    bits: number;
    metric: number;
    scale: number;
    kept: number;
    seedLow: number;
    seedHigh: number;
  },
  ids: IdType,
): IndexForm {
  const bits = info.rows === 0 ? (info.bits as IndexBits) : info.rows === 1 ? 'int8' : 'float32';
  const seed = (BigInt(info.seedHigh) << 32n) | BigInt(info.seedLow);
  const [metric, scale, keep] = [METRICS[info.metric]!, SCALE_KINDS[info.scale]!, KEPT_TYPES[info.kept]!];
  return Object.freeze({ dim: info.dim, bits, metric, scale, seed, keep, ids });
}
