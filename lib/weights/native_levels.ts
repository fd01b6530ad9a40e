// What values weights can take, as native code rounds to them: steps of a scale for each block of a row, or a table for each
// block of the matrix.
import type { CodedRows } from '../addon_types/weights';
import { allocateValues, type BlockScheme, blockRange, type FloatMatrix } from './block_weights';
import { lookupOf } from './codebook/code_tables';
import {
  absmaxOf,
  blockMagnitudes,
  type CodebookScheme,
  type CodebookWeights,
  packCodes,
  resolveCodebookScheme,
} from './codebook/codebook_weights';
import { nestAbsmax } from './codebook/double_quantization';
import { type NativeCall, type NativeCalls, nativeCall, type Progress } from './native_calls';
import { type BlockParameters, blockChoice } from './round_to_nearest';
import { isCodebookScheme, type StoredWeights, type WeightScheme } from './weight_method';

export interface RoundingOrder {
  readonly order: Int32Array;
  /** Scales are chosen when their block's first column is reached; for steps. */
  readonly late: boolean;
  /** Scales of each row are tried times these; for steps. */
  readonly parts: readonly number[];
}

/** The levels of a matrix [rows, columns], for methods that round weights one by one. */
export interface NativeLevels {
  round(coded: CodedRows, how: RoundingOrder): NativeCall;
  refine(coded: CodedRows, how: { sweeps: number; fits: boolean }, progress: Progress): NativeCall;
  build(codes: Int16Array): StoredWeights;
}

/** chooseBlocks. Throws what that throws. */
export function* nativeParameters(matrix: FloatMatrix, scheme: BlockScheme): NativeCalls<BlockParameters> {
  const { args, parameters } = blockChoice(matrix, scheme);
  yield nativeCall('chooseBlocks', args);
  return parameters;
}

/** Throws what chooseBlocks throws. */
export function* nativeLevels(matrix: FloatMatrix, scheme: WeightScheme): NativeCalls<NativeLevels> {
  if (isCodebookScheme(scheme)) return tableLevels(matrix, scheme);
  return stepLevels(scheme, yield* nativeParameters(matrix, scheme));
}

function stepLevels({ type, symmetric, clip = 'mse' }: BlockScheme, parameters: BlockParameters): NativeLevels {
  const { block, scale, zeroPoint } = parameters;
  const steps = [scale, zeroPoint, Int32Array.of(block, ...blockRange(type))] as const;
  return {
    round(coded, { order, late, parts }) {
      const settings = Float64Array.of(Number(late), Number(symmetric), Number(clip === 'mse'), ...parts);
      return nativeCall('roundSteps', [...coded, ...steps, order, settings]);
    },
    refine: (coded, { sweeps, fits }, progress) =>
      nativeCall('refineSteps', [...coded, ...steps, sweeps, fits], progress),
    build(codes) {
      const values = allocateValues(type, codes.length);
      values.set(codes);
      return { ...parameters, values };
    },
  };
}

/** Magnitudes stay those of the first weights, as they will be stored. */
function tableLevels({ data, rows, columns }: FloatMatrix, scheme: CodebookScheme): NativeLevels {
  const { type, block, doubleQuantization } = resolveCodebookScheme(scheme);
  const exact = blockMagnitudes(data, block);
  const weights: Omit<CodebookWeights, 'codes'> = {
    ...{ type, rows, columns, block },
    absmax: doubleQuantization ? nestAbsmax(exact) : exact,
  };
  const { bounds, codes: intervals, table } = lookupOf(type);
  const levels = [absmaxOf(weights), Float32Array.of(...table, ...bounds), intervals, block] as const;
  return {
    round: (coded, { order }) => nativeCall('roundTable', [...coded, ...levels, order]),
    refine: (coded, { sweeps }, progress) => nativeCall('refineTable', [...coded, ...levels, sweeps], progress),
    build: (codes) => ({ ...weights, codes: packCodes(codes) }),
  };
}
