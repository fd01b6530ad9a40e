// Block weights as ONNX's operators store them.
import { type BlockWeights, packNibbles } from '../../weights';
import { ModelTensor } from '../model';
import { transposeMatrix } from '../rewrite';

export const blocksOf = ({ columns, block }: BlockWeights): number => Math.ceil(columns / block);

const is4Bit = ({ type }: BlockWeights): boolean => type === 'int4' || type === 'uint4';

const valueTensor = (
  type: BlockWeights['type'],
  dims: readonly number[],
  values: Int8Array | Uint8Array,
): ModelTensor => ModelTensor.of(type, dims, type === 'int4' || type === 'uint4' ? packNibbles(values) : values);

/** Weights [outputs, k] for DequantizeLinear along axis 0 of [k, outputs]; zero points only where one is not 0. */
export function asColumns(weights: BlockWeights) {
  const { type, rows, columns, values, scale, zeroPoint } = weights;
  const blocks = blocksOf(weights);
  return {
    values: () => valueTensor(type, [columns, rows], transposeMatrix(values, rows, columns)),
    scale: () => ModelTensor.of('float32', [blocks, rows], transposeMatrix(scale, rows, blocks)),
    zeroPoint: zeroPoint.every((value) => value === 0)
      ? undefined
      : () => valueTensor(type, [blocks, rows], transposeMatrix(bytesOf(weights), rows, blocks)),
  };
}

const bytesOf = ({ values, zeroPoint }: BlockWeights): Int8Array | Uint8Array =>
  values instanceof Int8Array ? Int8Array.from(zeroPoint) : Uint8Array.from(zeroPoint);

/**
 * Weights [n, k] as MatMulNBits reads them: B uint8 [n, blocks, bytes of a block], scales [n, blocks] and zero points [n, bytes
 * of a row's], 4-bit ones two a byte, all unsigned. Values beyond k stand for 0.
 */
export function asNBits(weights: BlockWeights) {
  const { rows, columns, block, scale } = weights;
  const blocks = blocksOf(weights);
  const bits = is4Bit(weights) ? 4 : 8;
  const offset = weights.values instanceof Int8Array ? 2 ** (bits - 1) : 0;
  const zeroPoint = Uint8Array.from(weights.zeroPoint, (value) => value + offset);
  const width = blocks * block;
  const values = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++)
      values[row * width + column] =
        column < columns
          ? weights.values[row * columns + column]! + offset
          : zeroPoint[row * blocks + Math.floor(column / block)]!;
  const blob = (block * bits) / 8;
  return {
    bits,
    blob,
    values: () => ModelTensor.of('uint8', [rows, blocks, blob], bits === 4 ? packNibbles(values) : values),
    scale: () => ModelTensor.of('float32', [rows, blocks], scale),
    zeroPoint: zeroPoint.every((value) => value === 2 ** (bits - 1))
      ? undefined
      : () => rowsOfZeroPoints(zeroPoint, rows, blocks, bits),
  };
}

/** Zero points, each row padded to whole bytes. */
function rowsOfZeroPoints(zeroPoint: Uint8Array, rows: number, blocks: number, bits: number): ModelTensor {
  if (bits === 8) return ModelTensor.of('uint8', [rows, blocks], zeroPoint);
  const bytes = Math.ceil(blocks / 2);
  const packed = new Uint8Array(rows * bytes);
  for (let row = 0; row < rows; row++)
    packed.set(packNibbles(zeroPoint.subarray(row * blocks, (row + 1) * blocks)), row * bytes);
  return ModelTensor.of('uint8', [rows, bytes], packed);
}
