// What quantized weights take, to the byte.
import type { BlockWeights } from './block_weights';
import type { CodebookWeights } from './codebook';

export interface WeightSize {
  /** The values alone, two to a byte for 4 bits. */
  readonly valueBytes: number;
  /** What turns them into weights: scales as float32, zero points as wide as values, magnitudes, offsets. */
  readonly parameterBytes: number;
  readonly bytes: number;
  /** 8 * bytes / weights. */
  readonly bitsPerWeight: number;
}

const isCodebook = (weights: BlockWeights | CodebookWeights): weights is CodebookWeights => 'codes' in weights;

/**
 * The size of weights as they are stored: without tables that all weights share, names and shapes. NF4 in blocks of 64 takes
 * 4.5 bits a weight, with double quantization 4.127; int4 in blocks of 128 takes 4.25.
 */
export function weightSize(weights: BlockWeights | CodebookWeights): WeightSize {
  const count = weights.rows * weights.columns;
  const [valueBytes, parameterBytes] = isCodebook(weights) ? codebookBytes(weights) : blockBytes(weights, count);
  const bytes = valueBytes + parameterBytes;
  return { valueBytes, parameterBytes, bytes, bitsPerWeight: (8 * bytes) / count };
}

function codebookBytes({ codes, absmax }: CodebookWeights): [number, number] {
  if (absmax instanceof Float32Array) return [codes.length, 4 * absmax.length];
  return [codes.length, absmax.codes.length + 4 * absmax.scale.length + 4];
}

function blockBytes({ type, scale, zeroPoint, offset }: BlockWeights, count: number): [number, number] {
  const bits = type.endsWith('4') ? 4 : 8;
  const packed = (values: number) => Math.ceil((values * bits) / 8);
  const middle = type.startsWith('u') ? 2 ** (bits - 1) : 0;
  const zeroPoints = zeroPoint.every((point) => point === middle) ? 0 : packed(zeroPoint.length);
  return [packed(count), 4 * scale.length + zeroPoints + 4 * (offset?.length ?? 0)];
}
