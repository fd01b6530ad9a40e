// Weight matrices in blocks: each row is cut into blocks, and each block has a scale, and a zero point where it is asymmetric.
import { makeError } from '../errors';
import { checkInteger, checkOneOf, isObject, reject } from '../validate';

/** Types of weights in blocks. Symmetric uint4 and uint8 have the zero points 8 and 128. */
export const BLOCK_TYPES = ['int4', 'uint4', 'int8', 'uint8'] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

/** How weights are cut and rounded. */
export interface BlockScheme {
  readonly type: BlockType;
  /** Values with a scale of their own, from 1: consecutive values of a row. A row's last block may be shorter. */
  readonly block: number;
  readonly symmetric: boolean;
  /** 'range': scales from the block's smallest and largest value. 'mse': those of the least squared error. Default: 'mse'. */
  readonly clip?: 'range' | 'mse' | undefined;
}

/**
 * Weights [rows, columns] in blocks along the rows: w = scale * (q - zeroPoint), plus an offset where there are any, with
 * scale[row * blocks + block] for blocks = ceil(columns / block).
 */
export interface BlockWeights {
  readonly type: BlockType;
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  /** One value a byte, row by row: int8 for signed types, the 4-bit ones among them. */
  readonly values: Int8Array | Uint8Array;
  readonly scale: Float32Array;
  /** One for each scale, in the type's range. */
  readonly zeroPoint: Int32Array;
  /** Added to each weight of a block: the part of a real zero point that an integer cannot hold. */
  readonly offset?: Float32Array | undefined;
}

const RANGES = { int4: [-8, 7], uint4: [0, 15], int8: [-128, 127], uint8: [0, 255] } as const;

/** Smallest and largest value of a type. */
export function blockRange(type: BlockType): readonly [number, number] {
  return RANGES[type];
}

export const isSigned = (type: BlockType): boolean => RANGES[type][0] < 0;

/** An array for `count` values of a type, one a byte. */
export function allocateValues(type: BlockType, count: number): Int8Array | Uint8Array {
  return isSigned(type) ? new Int8Array(count) : new Uint8Array(count);
}

/** Throws ERR_DTYPE or ERR_RANGE unless `value` is a block scheme. */
export function checkBlockScheme(name: string, value: unknown): BlockScheme {
  if (!isObject(value)) reject(name, 'a scheme { type, block, symmetric }', value, 'ERR_DTYPE');
  checkOneOf(`${name}.type`, value.type as string, BLOCK_TYPES);
  checkInteger(`${name}.block`, value.block, 1, 2 ** 31 - 1);
  if (typeof value.symmetric !== 'boolean') reject(`${name}.symmetric`, 'true or false', value.symmetric, 'ERR_DTYPE');
  if (value.clip !== undefined) checkOneOf(`${name}.clip`, value.clip as string, ['range', 'mse']);
  return value as unknown as BlockScheme;
}

/** A matrix of float weights. */
export interface FloatMatrix {
  /** Row by row. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE unless `value` is a matrix with at least one value. */
export function checkMatrix(name: string, value: unknown): FloatMatrix {
  if (!isObject(value)) reject(name, 'a matrix { data, rows, columns }', value, 'ERR_DTYPE');
  if (!(value.data instanceof Float32Array)) reject(`${name}.data`, 'a Float32Array', value.data, 'ERR_DTYPE');
  const rows = checkInteger(`${name}.rows`, value.rows, 1, 2 ** 31 - 1);
  const columns = checkInteger(`${name}.columns`, value.columns, 1, 2 ** 31 - 1);
  if (value.data.length !== rows * columns)
    throw makeError(
      'ERR_SHAPE',
      `${name} of ${rows} x ${columns} must hold ${rows * columns} values, got ${value.data.length}`,
    );
  return { data: value.data, rows, columns };
}

/** Throws ERR_RANGE, naming the first value that is not finite. */
export function checkFinite(data: Float32Array): void {
  let sum = 0; // of zeros, unless a value is not finite
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  if (sum === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw makeError('ERR_RANGE', `weights must be finite, got ${data[at]} at index ${at}`);
}
