// Weights rounded to the nearest level of their block.
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
import { type BlockSearch, blockParams } from './clip_search';
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

/** The scales and zero points that roundToNearest takes. Throws as it does. */
export function chooseBlocks(matrix: FloatMatrix, scheme: BlockScheme): BlockParameters {
  const { data, rows, columns } = checkMatrix('matrix', matrix);
  const { type, block, symmetric, clip = 'mse' } = checkBlockScheme('scheme', scheme);
  checkFinite(data);
  const blocks = Math.ceil(columns / block);
  const [low, high] = blockRange(type);
  const how: BlockSearch = { low, high, symmetric, search: clip === 'mse' };
  const scale = new Float32Array(rows * blocks);
  const zeroPoint = new Int32Array(rows * blocks);
  for (let row = 0; row < rows; row++)
    for (let b = 0; b < blocks; b++) {
      const from = row * columns + b * block;
      const params = blockParams(data, from, Math.min(from + block, (row + 1) * columns), how);
      scale[row * blocks + b] = params.scale;
      zeroPoint[row * blocks + b] = params.zeroPoint;
    }
  return { type, rows, columns, block, scale, zeroPoint };
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
