// Quantization one value at a time, from the definition: real = scale * (q - zeroPoint).
import { clamp, roundHalfToEven } from './float32_arithmetic';

export type ByteType = 'int8' | 'uint8';

export const LIMITS = { int8: [-128, 127], uint8: [0, 255] } as const;

/** ONNX QuantizeLinear: a division, ties to even, saturation; NaN becomes the zero point. */
export function quantizeValue(x: number, scale: number, zeroPoint: number, type: ByteType): number {
  const [low, high] = LIMITS[type];
  const quotient = Math.fround(x / scale);
  return Number.isNaN(quotient) ? zeroPoint : clamp(roundHalfToEven(quotient) + zeroPoint, low, high);
}

/** ONNX DequantizeLinear, one rounding. */
export function dequantizeValue(q: number, scale: number, zeroPoint: number): number {
  return Math.fround((q - zeroPoint) * scale);
}

/** The channel of the value at `index` of a tensor of these dims. */
export function channelAt(index: number, dims: readonly number[], axis: number): number {
  const from = axis < 0 ? axis + dims.length : axis;
  const inner = dims.slice(from + 1).reduce((product, dim) => product * dim, 1);
  return Math.floor(index / inner) % dims[from]!;
}

export interface DynamicRow {
  /** Symmetric values from -127 to 127. */
  readonly values: number[];
  readonly scale: number;
}

/** One row by its own largest finite magnitude: scale = absmax / 127, values by the float32 inverse 127 / absmax. */
export function quantizeRow(row: ArrayLike<number>): DynamicRow {
  const values = Array.from(row);
  const absmax = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  const largest = 3.4028234663852886e38;
  const inverse = absmax === 0 ? 0 : Math.min(Math.fround(127 / absmax), largest);
  const quantizeOne = (x: number) => {
    const scaled = Math.fround(x * inverse);
    return Number.isNaN(scaled) ? 0 : roundHalfToEven(clamp(scaled, -127, 127)) + 0;
  };
  return { values: values.map(quantizeOne), scale: Math.fround(absmax / 127) };
}
