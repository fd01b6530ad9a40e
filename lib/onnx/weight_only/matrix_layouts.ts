// Block weights as ONNX's operators store them.
import { type BlockWeights, packNibbles } from '../../weights';
import { ModelTensor } from '../model';
import { computedFrom, transposeMatrix } from '../rewrite';

export const blocksOf = ({ columns, block }: BlockWeights): number => Math.ceil(columns / block);

const is4Bit = ({ type }: BlockWeights): boolean => type === 'int4' || type === 'uint4';
const isSigned = ({ type }: BlockWeights): boolean => type === 'int4' || type === 'int8';

const packed = (weights: BlockWeights, values: Int8Array | Uint8Array): Int8Array | Uint8Array =>
  is4Bit(weights) ? packNibbles(values) : values;

/**
 * Weights [outputs, k] for DequantizeLinear along axis 0 of [k, outputs]; zero points only where one is not 0. `from` is what
 * the weights are rounded from.
 */
export function asColumns(weights: BlockWeights, from: ModelTensor) {
  const { type, rows, columns, scale, zeroPoint } = weights;
  const blocks = blocksOf(weights);
  const bytes = isSigned(weights) ? Int8Array.from(zeroPoint) : Uint8Array.from(zeroPoint);
  const columnwise = (values: Int8Array | Uint8Array, width: number) =>
    packed(weights, transposeMatrix(values, rows, width));
  return {
    values: () => computedFrom(from, type, [columns, rows], () => columnwise(weights.values, columns)),
    scale: () => ModelTensor.of('float32', [blocks, rows], transposeMatrix(scale, rows, blocks)),
    zeroPoint: zeroPoint.every((value) => value === 0)
      ? undefined
      : () => ModelTensor.of(type, [blocks, rows], columnwise(bytes, blocks)),
  };
}

/**
 * Weights [n, k] as MatMulNBits reads them: B uint8 [n, blocks, bytes of a block], scales [n, blocks] and zero points [n, bytes
 * of a row's], 4-bit ones two a byte, all unsigned; or float32 [n, blocks] where they are no integers. Values beyond k stand
 * for 0.
 */
export function asNBits(weights: BlockWeights, from: ModelTensor) {
  const { rows, block, scale } = weights;
  const blocks = blocksOf(weights);
  const bits = is4Bit(weights) ? 4 : 8;
  const zeroPoint = Uint8Array.from(weights.zeroPoint, (value) => value + offsetOf(weights));
  const dims = [rows, blocks, (block * bits) / 8];
  return {
    bits,
    values: () => computedFrom(from, 'uint8', dims, () => packed(weights, unsignedValues(weights, zeroPoint))),
    scale: () => ModelTensor.of('float32', [rows, blocks], scale),
    zeroPoint: zeroPointsOf(weights, zeroPoint, bits),
  };
}

/** undefined where all are the middle. */
function zeroPointsOf(weights: BlockWeights, zeroPoint: Uint8Array, bits: number): (() => ModelTensor) | undefined {
  const { rows, offset, scale } = weights;
  if (offset !== undefined) {
    const real = scale.map((step, i) => zeroPoint[i]! - offset[i]! / step);
    return () => ModelTensor.of('float32', [rows, blocksOf(weights)], real);
  }
  if (zeroPoint.every((value) => value === 2 ** (bits - 1))) return undefined;
  return () => rowsOfZeroPoints(zeroPoint, rows, blocksOf(weights), bits);
}

/** What makes values of a signed type unsigned. */
const offsetOf = (weights: BlockWeights): number => (isSigned(weights) ? (is4Bit(weights) ? 8 : 128) : 0);

/** Rows of whole blocks: what lies beyond k is the zero point. */
function unsignedValues(weights: BlockWeights, zeroPoint: Uint8Array): Uint8Array {
  const { rows, columns, block, values } = weights;
  const [blocks, offset] = [blocksOf(weights), offsetOf(weights)];
  const width = blocks * block;
  const result = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[row * width + column] = values[row * columns + column]! + offset;
    result.fill(zeroPoint[(row + 1) * blocks - 1]!, row * width + columns, (row + 1) * width);
  }
  return result;
}

/** Zero points, each row padded to whole bytes. */
function rowsOfZeroPoints(zeroPoint: Uint8Array, rows: number, blocks: number, bits: number): ModelTensor {
  if (bits === 8) return ModelTensor.of('uint8', [rows, blocks], zeroPoint);
  const bytes = Math.ceil(blocks / 2);
  const result = new Uint8Array(rows * bytes);
  for (let row = 0; row < rows; row++)
    result.set(packNibbles(zeroPoint.subarray(row * blocks, (row + 1) * blocks)), row * bytes);
  return ModelTensor.of('uint8', [rows, bytes], result);
}
