// Weights as 4-bit codes of a table, times the largest magnitude of their block: the layout of bitsandbytes.
import { makeError } from '../../errors';
import { checkInteger, checkOneOf } from '../../validate';
import { checkMatrix, type FloatMatrix } from '../block_weights';
import { CODEBOOK_TYPES, type CodebookType, codeTable } from './code_tables';
import { type NestedAbsmax, nestAbsmax, unnestAbsmax } from './double_quantization';
import { encodeBlocks } from './encode_blocks';

/** How weights are cut. */
export interface CodebookScheme {
  readonly type: CodebookType;
  /** Values that share a magnitude, an even number: consecutive ones of the whole matrix. Default: 64. */
  readonly block?: number | undefined;
  /** Magnitudes in 8 bits instead of 32: 4.127 instead of 4.5 bits a weight. Default: true. */
  readonly doubleQuantization?: boolean | undefined;
}

/**
 * Weights [rows, columns]: w[i] = table[code[i]] * absmax[floor(i / block)], i over the whole matrix row by row. The first of
 * two codes lies in a byte's high nibble.
 */
export interface CodebookWeights {
  readonly type: CodebookType;
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  /** ceil(rows * columns / 2) bytes; an odd count ends in a code of 0. */
  readonly codes: Uint8Array;
  /** ceil(rows * columns / block) magnitudes. */
  readonly absmax: Float32Array | NestedAbsmax;
}

const DEFAULT_BLOCK = 64;

/** The checked scheme with everything decided. Throws ERR_DTYPE or ERR_RANGE. */
export function resolveCodebookScheme(scheme: CodebookScheme): Required<CodebookScheme> {
  const type = checkOneOf('scheme.type', scheme.type, CODEBOOK_TYPES);
  const block = checkInteger('scheme.block', scheme.block ?? DEFAULT_BLOCK, 2, 2 ** 30);
  if (block % 2 !== 0) throw makeError('ERR_RANGE', `scheme.block must be even, got ${block}`);
  return { type, block, doubleQuantization: scheme.doubleQuantization !== false };
}

/** The magnitudes of blocks, exact. */
export function blockMagnitudes(data: Float32Array, block: number): Float32Array {
  const absmax = new Float32Array(Math.ceil(data.length / block));
  for (let i = 0, b = 0; i < data.length; i += block, b++) {
    let largest = 0;
    for (let j = i; j < Math.min(i + block, data.length); j++) largest = Math.max(largest, Math.abs(data[j]!));
    absmax[b] = largest;
  }
  return absmax;
}

/**
 * Quantizes a matrix as bitsandbytes' quantize_4bit does: blocks run on over the ends of rows, codes follow from the exact
 * magnitudes, whether these are then stored in 32 bits or 8.
 *
 * @throws ERR_DTYPE, ERR_RANGE, ERR_SHAPE for malformed arguments; ERR_RANGE for NaN and infinities
 */
export function encodeCodebook(matrix: FloatMatrix, scheme: CodebookScheme): CodebookWeights {
  const { data, rows, columns } = checkMatrix('matrix', matrix);
  const { type, block, doubleQuantization } = resolveCodebookScheme(scheme);
  const codes = new Uint8Array(Math.ceil(data.length / 2));
  const absmax = new Float32Array(Math.ceil(data.length / block));
  encodeBlocks(data, { type, block }, { codes, absmax });
  return { type, rows, columns, block, codes, absmax: doubleQuantization ? nestAbsmax(absmax) : absmax };
}

/** Two codes a byte, the first in the high nibble. */
export function packCodes(codes: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(codes.length / 2));
  for (let i = 0; i < codes.length; i++) bytes[i >> 1]! |= codes[i]! << (i % 2 === 0 ? 4 : 0);
  return bytes;
}

/** The magnitudes of blocks as float32, whichever way they are stored. */
export function absmaxOf({ absmax }: Pick<CodebookWeights, 'absmax'>): Float32Array {
  return absmax instanceof Float32Array ? absmax : unnestAbsmax(absmax);
}

/** w = table[code] * absmax, [rows, columns], each product rounded to float32 once. */
export function decodeCodebook(weights: CodebookWeights): Float32Array {
  const { type, rows, columns, block, codes } = weights;
  const [absmax, table] = [absmaxOf(weights), codeTable(type)];
  const result = new Float32Array(rows * columns);
  for (let i = 0, b = 0; i < result.length; i += block, b++) {
    const scale = absmax[b]!;
    for (let j = i; j < Math.min(i + block, result.length); j++)
      result[j] = table[(codes[j >> 1]! >> (j % 2 === 0 ? 4 : 0)) & 15]! * scale;
  }
  return result;
}
