// What a conversion can be told, and all of it decided.
import { runtime } from '../runtime';
import { checkInteger, checkOneOf, checkOptions, reject } from '../validate';
import type { LayerChoice } from './layer_choice';

export const CHECKPOINT_FORMATS = ['nf4', 'fp4', 'int4', 'uint4', 'int8', 'float16', 'bfloat16'] as const;
export type CheckpointFormat = (typeof CHECKPOINT_FORMATS)[number];

/** How far a conversion is. */
export interface ConvertProgress {
  /** The tensor that is worked on. */
  readonly name: string;
  /** Bytes of the source that are done, and all of them. */
  readonly done: number;
  readonly total: number;
}

export interface ConvertOptions extends LayerChoice {
  /** Of the layers' weights. Default: 'nf4'. */
  readonly format?: CheckpointFormat | undefined;
  /**
   * Weights that share a scale: for nf4 and fp4 an even number, consecutive ones of the whole matrix (default 64); for integers
   * consecutive ones of a row, or 'channel' for a whole row (default 128 for 4 bits, 'channel' for 8).
   */
  readonly group?: number | 'channel' | undefined;
  /** nf4 and fp4 only: magnitudes in 8 bits. Default: true. */
  readonly doubleQuantization?: boolean | undefined;
  /** Integers only: 'mse' searches each scale for the least squared error, 'range' covers the largest weight. Default: 'mse'. */
  readonly clip?: 'mse' | 'range' | undefined;
  /** What becomes of the floats that are not quantized. Default: 'keep'. */
  readonly rest?: 'keep' | 'float16' | 'bfloat16' | undefined;
  /** Bytes of data in each file of output with an index. Default: 5e9. */
  readonly maxShardBytes?: number | undefined;
  /** Windows that are worked on at a time. Default: runtime.threads. */
  readonly threads?: number | undefined;
  readonly onProgress?: ((progress: ConvertProgress) => void) | undefined;
  /** Aborting it stops the conversion, and removes what was written at once. */
  readonly signal?: AbortSignal | undefined;
}

/** The layers' format, all of it decided. */
export type LayerFormat =
  | { readonly kind: 'codebook'; readonly type: 'nf4' | 'fp4'; readonly block: number; readonly nested: boolean }
  | {
      readonly kind: 'blocks';
      readonly type: 'int4' | 'uint4' | 'int8';
      readonly group: number | 'channel';
      readonly search: boolean;
    }
  | { readonly kind: 'half'; readonly type: 'float16' | 'bfloat16' };

const DEFAULT_CODEBOOK_BLOCK = 64;
const DEFAULT_GROUP = 128;
/** Blocks and groups are parts of a window. */
const MAX_GROUP = 65_536;

/** Refuses options that a format does not have. */
function refuseOthers(
  format: CheckpointFormat,
  options: Partial<ConvertOptions>,
  names: readonly (keyof ConvertOptions)[],
): void {
  for (const name of names)
    if (options[name] !== undefined) reject(name, `absent for ${format}`, options[name], 'ERR_RANGE');
}

/** Throws ERR_DTYPE or ERR_RANGE for options that make no sense, alone or together. */
export function resolveFormat(given: ConvertOptions): LayerFormat {
  const options = checkOptions('options', given);
  const { format = 'nf4', group, doubleQuantization: nested = true, clip = 'mse' } = options;
  const type = checkOneOf('format', format, CHECKPOINT_FORMATS);
  if (type === 'float16' || type === 'bfloat16') {
    refuseOthers(type, options, ['group', 'doubleQuantization', 'clip']);
    return { kind: 'half', type };
  }
  if (type === 'nf4' || type === 'fp4') {
    refuseOthers(type, options, ['clip']);
    const block = checkInteger('group', group ?? DEFAULT_CODEBOOK_BLOCK, 2, MAX_GROUP);
    if (block % 2 !== 0) reject('group', `even for ${type}`, block, 'ERR_RANGE');
    if (typeof nested !== 'boolean') reject('doubleQuantization', 'true or false', nested, 'ERR_DTYPE');
    return { kind: 'codebook', type, block, nested };
  }
  refuseOthers(type, options, ['doubleQuantization']);
  const size = group ?? (type === 'int8' ? 'channel' : DEFAULT_GROUP);
  if (size !== 'channel') checkInteger('group', size, 1, MAX_GROUP);
  return { kind: 'blocks', type, group: size, search: checkOneOf('clip', clip, ['mse', 'range']) === 'mse' };
}

/** Throws ERR_DTYPE or ERR_RANGE. */
export function resolveThreads({ threads }: ConvertOptions): number {
  return checkInteger('threads', threads ?? runtime.threads, 1, 1024);
}
