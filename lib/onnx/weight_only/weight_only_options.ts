// What a quantization of weights alone can be told.

import type { AnyQParams } from '../../quantize';
import { checkInteger, checkOneOf, reject } from '../../validate';
import {
  BLOCK_TYPES,
  type BlockType,
  CODEBOOK_TYPES,
  type CodebookType,
  type GramMatrix,
  WEIGHT_METHODS,
  type WeightMethod,
  type WeightMethodName,
} from '../../weights';
import { isCodebookType } from '../../weights/codebook/code_tables';
import { weightMethod } from '../../weights/quantize_weight';
import type { Node } from '../model';
import { type Selection, settingsOf } from '../selection';
import { installedTarget, profileOf, type Target } from '../targets';

export const WEIGHT_FORMATS = ['qdq', 'matmulnbits', 'matmulbnb4', 'folded'] as const;
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
  readonly type?: BlockType | CodebookType | undefined;
  /**
   * Consecutive values along k with a scale of their own, a power of two from 16 to 256; 'channel': one scale for each output,
   * for 8 bits in the format qdq. Default: 'channel' where it can be, 64 for nf4 and fp4, else 32.
   */
  readonly block?: number | 'channel' | undefined;
  /** Default: true for signed types, false for unsigned ones. */
  readonly symmetric?: boolean | undefined;
  /** 'mse' searches the scale with the least squared error, 'range' takes that of the largest value. Default: 'mse'. */
  readonly clip?: 'range' | 'mse' | undefined;
  /**
   * 'qdq': DequantizeLinear of the standard, in blocks from opset 21 on. 'matmulnbits': onnxruntime's own MatMulNBits and
   * GatherBlockQuantized, which no other runtime knows. 'folded', for int8: a Cast and a Mul, which onnxruntime computes once
   * when it loads the model, so that it runs as fast as the float model, and takes as much memory. 'matmulbnb4', for nf4 and
   * fp4 alone, which have no other: onnxruntime's MatMulBnb4, with magnitudes in 32 bits. Default: 'qdq'.
   */
  readonly format?: WeightFormat | undefined;
  /**
   * How the weights of MatMul and Gemm are chosen: 'gptq' and 'awq' from `grams`; 'hqq', whose zero points are no integers, for
   * unsigned asymmetric weights in the format matmulnbits. Tables, what shares its weights with one, and filters have the
   * nearest levels. Default: 'nearest'.
   */
  readonly method?: WeightMethodName | WeightMethod | undefined;
  /** Of the inputs of products, by the tensor's name; products without one have the nearest levels. */
  readonly grams?: ReadonlyMap<string, GramMatrix> | undefined;
  /** MatMulNBits' accuracy_level, always written. 4 is fast, and rounds activations to 8 bits. Default: 0. */
  readonly accuracyLevel?: AccuracyLevel | undefined;
  /** The runtime that will run the model. Default: onnxruntime on this kind of CPU. */
  readonly target?: Target | undefined;
  /** Tables that Gather reads are quantized too. Default: true. */
  readonly tables?: boolean | undefined;
}

/** The options with everything decided. */
export interface WeightSettings {
  readonly type: BlockType | CodebookType;
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
  /** undefined: the nearest levels. */
  readonly method: WeightMethod | undefined;
  readonly grams: ReadonlyMap<string, GramMatrix>;
}

export const is4Bit = (type: BlockType | CodebookType): boolean => !type.endsWith('8');

/** Throws ERR_DTYPE or ERR_RANGE for options that are malformed, or do not go together. */
export function resolveOptions(options: WeightOnlyOptions): WeightSettings {
  const type = checkOneOf('type', options.type ?? 'int8', [...BLOCK_TYPES, ...CODEBOOK_TYPES]);
  const ofTable = isCodebookType(type);
  const format = checkOneOf('format', options.format ?? (ofTable ? 'matmulbnb4' : 'qdq'), WEIGHT_FORMATS);
  if (ofTable !== (format === 'matmulbnb4'))
    reject('format', `${ofTable ? '' : 'not '}'matmulbnb4' for ${type}`, format, 'ERR_RANGE');
  const symmetric = options.symmetric ?? !type.startsWith('u');
  if (format === 'folded' && (type !== 'int8' || options.block !== undefined))
    reject('format', "'qdq' or 'matmulnbits' for blocks and for types other than int8", format, 'ERR_RANGE');
  const accuracyLevel = options.accuracyLevel ?? 0;
  if (!ACCURACY_LEVELS.includes(accuracyLevel)) reject('accuracyLevel', 'from 0 to 4', accuracyLevel, 'ERR_RANGE');
  const settings = settingsOf(options);
  return {
    type,
    block: blockFor(options.block, type, format),
    symmetric,
    clip: checkOneOf('clip', options.clip ?? 'mse', ['range', 'mse']),
    format,
    accuracyLevel,
    tables: options.tables ?? true,
    folds: profileOf(options.target ?? installedTarget()).engine === 'onnxruntime',
    roundWeights: options.roundWeights,
    method: methodFor(options.method ?? 'nearest', { format, asymmetric: type.startsWith('u') && !symmetric }),
    grams: options.grams ?? new Map(),
    keepsFloat: (node) => settings(node).keep === 'float',
  };
}

function methodFor(method: unknown, { format, asymmetric }: { format: WeightFormat; asymmetric: boolean }) {
  if (typeof method === 'object' && method !== null) return method as WeightMethod;
  const name = checkOneOf('method', method as string, WEIGHT_METHODS);
  if (name === 'hqq' && (format !== 'matmulnbits' || !asymmetric))
    reject('method', "another one than 'hqq' but for uint4 and uint8 in the format matmulnbits", name, 'ERR_RANGE');
  return name === 'nearest' ? undefined : weightMethod(name);
}

function blockFor(block: unknown, type: BlockType | CodebookType, format: WeightFormat): number | undefined {
  const channels = !is4Bit(type) && format !== 'matmulnbits';
  if (block === undefined) return channels ? undefined : isCodebookType(type) ? 64 : 32;
  if (block === 'channel') {
    if (!channels) reject('block', 'a number for 4 bits and for the format matmulnbits', block, 'ERR_RANGE');
    return undefined;
  }
  const size = checkInteger('block', block, 16, 256);
  if (Math.log2(size) % 1 !== 0) reject('block', 'a power of two (rule Q022)', size, 'ERR_RANGE');
  return size;
}
