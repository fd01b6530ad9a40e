// What values weights can take: steps of a scale for each block of a row, or a table for each block of the matrix.
import { allocateValues, type BlockScheme, type BlockWeights, blockRange, type FloatMatrix } from './block_weights';
import { type BlockSearch, blockParams, roundHalfToEven } from './clip_search';
import { codeTable, nearestCode } from './codebook/code_tables';
import {
  absmaxOf,
  blockMagnitudes,
  type CodebookScheme,
  type CodebookWeights,
  inverseMagnitude,
  packCodes,
  resolveCodebookScheme,
} from './codebook/codebook_weights';
import { nestAbsmax } from './codebook/double_quantization';
import { type BlockParameters, chooseBlocks } from './round_to_nearest';

/** Codes of a matrix, one a byte, row by row. */
export type Codes = Int8Array | Uint8Array;

/** The levels of a matrix [rows, columns], for methods that round weights one by one. */
export interface Levels<W> {
  /** Columns with parameters in common, where parameters belong to blocks of a row that `refit` can choose anew. */
  readonly refitBlock: number | undefined;
  allocate(): Codes;
  /** The code of the level nearest to a value. */
  codeOf(row: number, column: number, value: number): number;
  /** The weight that a code stands for. */
  weightOf(row: number, column: number, code: number): number;
  /** Chooses the parameters of the block of `row` that begins at `column` from values of the row as they are now. */
  refit(row: number, column: number, values: Float64Array): void;
  build(codes: Codes): W;
}

/** Steps of a scale. */
export class BlockLevels implements Levels<BlockWeights> {
  readonly refitBlock: number;
  readonly #parameters: BlockParameters;
  readonly #search: BlockSearch;
  readonly #blocks: number;

  constructor(parameters: BlockParameters, search: BlockSearch) {
    this.#parameters = parameters;
    this.#search = search;
    this.#blocks = Math.ceil(parameters.columns / parameters.block);
    this.refitBlock = parameters.block;
  }

  static of(matrix: FloatMatrix, scheme: BlockScheme): BlockLevels {
    const [low, high] = blockRange(scheme.type);
    const { symmetric, clip = 'mse' } = scheme;
    return new BlockLevels(chooseBlocks(matrix, scheme), { low, high, symmetric, search: clip === 'mse' });
  }

  allocate(): Codes {
    const { type, rows, columns } = this.#parameters;
    return allocateValues(type, rows * columns);
  }

  codeOf(row: number, column: number, value: number): number {
    const { scale, zeroPoint } = this.#parameters;
    const { low, high } = this.#search;
    const at = this.#indexOf(row, column);
    return Math.min(Math.max(roundHalfToEven(value / scale[at]!) + zeroPoint[at]!, low), high);
  }

  weightOf(row: number, column: number, code: number): number {
    const { scale, zeroPoint } = this.#parameters;
    const at = this.#indexOf(row, column);
    return (code - zeroPoint[at]!) * scale[at]!;
  }

  refit(row: number, column: number, values: Float64Array): void {
    const floats = Float32Array.from(values);
    const at = this.#indexOf(row, column);
    const { scale, zeroPoint } = blockParams(floats, 0, floats.length, this.#search);
    this.#parameters.scale[at] = scale;
    this.#parameters.zeroPoint[at] = zeroPoint;
  }

  build(values: Codes): BlockWeights {
    return { ...this.#parameters, values };
  }

  #indexOf(row: number, column: number): number {
    return row * this.#blocks + Math.floor(column / this.#parameters.block);
  }
}

/** A table times magnitudes, which stay those of the first weights, as they will be stored. */
export class CodebookLevels implements Levels<CodebookWeights> {
  readonly refitBlock = undefined;
  readonly #weights: Omit<CodebookWeights, 'codes'>;
  readonly #absmax: Float32Array;
  readonly #inverse: Float32Array;
  readonly #table: Float32Array;

  constructor({ data, rows, columns }: FloatMatrix, scheme: CodebookScheme) {
    const { type, block, doubleQuantization } = resolveCodebookScheme(scheme);
    const exact = blockMagnitudes(data, block);
    const absmax = doubleQuantization ? nestAbsmax(exact) : exact;
    this.#weights = { type, rows, columns, block, absmax };
    this.#absmax = absmaxOf(this.#weights);
    this.#inverse = this.#absmax.map(inverseMagnitude);
    this.#table = codeTable(type);
  }

  allocate(): Codes {
    return new Uint8Array(this.#weights.rows * this.#weights.columns);
  }

  codeOf(row: number, column: number, value: number): number {
    return nearestCode(this.#weights.type, value * this.#inverse[this.#indexOf(row, column)]!);
  }

  weightOf(row: number, column: number, code: number): number {
    return this.#table[code]! * this.#absmax[this.#indexOf(row, column)]!;
  }

  refit(): void {}

  build(codes: Codes): CodebookWeights {
    return { ...this.#weights, codes: packCodes(codes) };
  }

  #indexOf(row: number, column: number): number {
    return Math.floor((row * this.#weights.columns + column) / this.#weights.block);
  }
}
