// What a quantization of weights alone can be told.

import type { AnyQParams } from '../../quantize';
import { checkInteger, checkOneOf, reject } from '../../validate';
import { BLOCK_TYPES, type BlockType } from '../../weights';
import type { Node } from '../model';
import { type Selection, settingsOf } from '../selection';
import { installedTarget, profileOf, type Target } from '../targets';

export const WEIGHT_FORMATS = ['qdq', 'matmulnbits', 'folded'] as const;
export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/** How onnxruntime's MatMulNBits computes: 0 as it likes, 1 float32, 2 float16, 3 bfloat16, 4 activations in int8. */
export const ACCURACY_LEVELS = [0, 1, 2, 3, 4] as const;
export type AccuracyLevel = (typeof ACCURACY_LEVELS)[number];

/** A layer's weights that are about to be rounded. */
export interface WeightRequest {
  readonly node: Node;
  /** The tensor's name. */
  readonly name: string;
  readonly dims: readonly number[];
  readonly weights: Float32Array;
  readonly params: AnyQParams;
}

export interface WeightOnlyOptions extends Selection {
  /** Gives a layer's rounded weights, one a byte, such as learnRounding's; undefined for rounding to the nearest. */
  readonly roundWeights?: ((request: WeightRequest) => Int8Array | Uint8Array | undefined) | undefined;
  /** Default: 'int8'. */
  readonly type?: BlockType | undefined;
  /**
   * Consecutive values along k with a scale of their own, a power of two from 16 to 256; 'channel': one scale for each output,
   * for 8 bits in the format qdq. Default: 'channel' where it can be, else 32.
   */
  readonly block?: number | 'channel' | undefined;
  /** Default: true for signed types, false for unsigned ones. */
  readonly symmetric?: boolean | undefined;
  /** 'mse' searches the scale with the least squared error, 'range' takes that of the largest value. Default: 'mse'. */
  readonly clip?: 'range' | 'mse' | undefined;
  /**
   * 'qdq': DequantizeLinear of the standard, in blocks from opset 21 on. 'matmulnbits': onnxruntime's own MatMulNBits and
   * GatherBlockQuantized, which no other runtime knows. 'folded', for int8: a Cast and a Mul, which onnxruntime computes once
   * when it loads the model, so that it runs as fast as the float model, and takes as much memory. Default: 'qdq'.
   */
  readonly format?: WeightFormat | undefined;
  /** MatMulNBits' accuracy_level, always written. 4 is fast, and rounds activations to 8 bits. Default: 0. */
  readonly accuracyLevel?: AccuracyLevel | undefined;
  /** The runtime that will run the model. Default: onnxruntime on this kind of CPU. */
  readonly target?: Target | undefined;
  /** Tables that Gather reads are quantized too. Default: true. */
  readonly tables?: boolean | undefined;
}

/** The options with everything decided. */
export interface WeightSettings {
  readonly type: BlockType;
  /** undefined: one scale for each output. */
  readonly block: number | undefined;
  readonly symmetric: boolean;
  readonly clip: 'range' | 'mse';
  readonly format: WeightFormat;
  readonly accuracyLevel: AccuracyLevel;
  readonly tables: boolean;
  /** onnxruntime computes constants once, but for DequantizeLinear. */
  readonly folds: boolean;
  readonly keepsFloat: (node: Node) => boolean;
  readonly roundWeights: WeightOnlyOptions['roundWeights'];
}

export const is4Bit = (type: BlockType): boolean => type === 'int4' || type === 'uint4';

/** Throws ERR_DTYPE or ERR_RANGE for options that are malformed, or do not go together. */
export function resolveOptions(options: WeightOnlyOptions): WeightSettings {
  const type = checkOneOf('type', options.type ?? 'int8', BLOCK_TYPES);
  const format = checkOneOf('format', options.format ?? 'qdq', WEIGHT_FORMATS);
  if (format === 'folded' && (type !== 'int8' || options.block !== undefined))
    reject('format', "'qdq' or 'matmulnbits' for blocks and for types other than int8", format, 'ERR_RANGE');
  const accuracyLevel = options.accuracyLevel ?? 0;
  if (!ACCURACY_LEVELS.includes(accuracyLevel)) reject('accuracyLevel', 'from 0 to 4', accuracyLevel, 'ERR_RANGE');
  const settings = settingsOf(options);
  return {
    type,
    block: blockFor(options.block, type, format),
    symmetric: options.symmetric ?? !type.startsWith('u'),
    clip: checkOneOf('clip', options.clip ?? 'mse', ['range', 'mse']),
    format,
    accuracyLevel,
    tables: options.tables ?? true,
    folds: profileOf(options.target ?? installedTarget()).engine === 'onnxruntime',
    roundWeights: options.roundWeights,
    keepsFloat: (node) => settings(node).keep === 'float',
  };
}

function blockFor(block: unknown, type: BlockType, format: WeightFormat): number | undefined {
  const channels = !is4Bit(type) && format !== 'matmulnbits';
  if (block === undefined) return channels ? undefined : 32;
  if (block === 'channel') {
    if (!channels) reject('block', 'a number for 4 bits and for the format matmulnbits', block, 'ERR_RANGE');
    return undefined;
  }
  const size = checkInteger('block', block, 16, 256);
  if (Math.log2(size) % 1 !== 0) reject('block', 'a power of two (rule Q022)', size, 'ERR_RANGE');
  return size;
}
