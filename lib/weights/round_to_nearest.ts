// Weights rounded to the nearest level of their block.
import { addon } from '../addon';
import { makeError } from '../errors';
import { quantize } from '../quantize';
import { Tensor } from '../tensor';
import {
  allocateValues,
  type BlockScheme,
  type BlockWeights,
  blockRange,
  checkBlockScheme,
  checkFinite,
  checkMatrix,
  type FloatMatrix,
  isSigned,
} from './block_weights';
import { unpackNibbles } from './nibbles';

/** How a matrix is rounded: a scale and a zero point for each block. */
export type BlockParameters = Omit<BlockWeights, 'values'>;

/**
 * Quantizes a matrix [rows, columns] in blocks of consecutive values of a row, each value rounded to the nearest level.
 *
 * @throws ERR_DTYPE, ERR_RANGE, ERR_SHAPE for malformed arguments; ERR_RANGE for NaN and infinities
 */
export function roundToNearest(matrix: FloatMatrix, scheme: BlockScheme): BlockWeights {
  const parameters = chooseBlocks(matrix, scheme);
  return { ...parameters, values: roundBlocks(matrix, parameters) };
}

/**
 * The scales and zero points that roundToNearest takes: of each block's range with 0, or with clip 'mse' of the best of ranges
 * between it and half of it, and then of the scales that fit what the best one rounds to in the sense of least squares.
 * Symmetric ranges use the lowest value where the search finds that better, as (-8 .. 7) against (-7 .. 7). Throws as
 * roundToNearest does.
 */
export function chooseBlocks(matrix: FloatMatrix, scheme: BlockScheme): BlockParameters {
  const { args, parameters } = blockChoice(matrix, scheme);
  addon.chooseBlocks(...args);
  return parameters;
}

/** What addon.chooseBlocks is called with, and the parameters that it fills. Throws as chooseBlocks does. */
export function blockChoice(matrix: FloatMatrix, scheme: BlockScheme) {
  const { data, rows, columns } = checkMatrix('matrix', matrix);
  const { type, block, symmetric, clip = 'mse' } = checkBlockScheme('scheme', scheme);
  checkFinite(data);
  const count = rows * Math.ceil(columns / block);
  const [scale, zeroPoint] = [new Float32Array(count), new Int32Array(count)];
  const how = Int32Array.of(block, ...blockRange(type), Number(symmetric), Number(clip === 'mse'));
  const parameters: BlockParameters = { type, rows, columns, block, scale, zeroPoint };
  return { args: [how, data, scale, zeroPoint, columns] as const, parameters };
}

/** The values of a matrix by parameters of its own, one a byte. Throws ERR_SHAPE unless these are of its size. */
export function roundBlocks(matrix: FloatMatrix, parameters: BlockParameters): Int8Array | Uint8Array {
  const { data, rows, columns } = checkMatrix('matrix', matrix);
  const { type, block, scale, zeroPoint } = parameters;
  if (rows !== parameters.rows || columns !== parameters.columns)
    throw makeError('ERR_SHAPE', `parameters of ${parameters.rows} x ${parameters.columns} for ${rows} x ${columns}`);
  // The kernels take whole blocks: rows whose last block is shorter are padded with zeros.
  const width = Math.ceil(columns / block) * block;
  const granularity = { axis: 1, block };
  const x = new Tensor('float32', width === columns ? data : padRows(data, columns, width), [rows, width]);
  const { data: packed } = quantize(x, { type, scale, zeroPoint, granularity });
  const wide =
    type === 'int8' || type === 'uint8'
      ? (packed as Int8Array | Uint8Array)
      : unpackNibbles(packed as Uint8Array, rows * width, isSigned(type));
  if (width === columns) return wide;
  const values = allocateValues(type, rows * columns);
  for (let row = 0; row < rows; row++) values.set(wide.subarray(row * width, row * width + columns), row * columns);
  return values;
}

function padRows(data: Float32Array, columns: number, width: number): Float32Array {
  const rows = data.length / columns;
  const padded = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) padded.set(data.subarray(row * columns, (row + 1) * columns), row * width);
  return padded;
}
