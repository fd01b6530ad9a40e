// The quantized linear layer, step by step in float32: the order of operations that the class promises.
import type { ActivationFunction } from '../../lib';
import { activate, float16Bits } from './activations';
import { clamp, roundHalfToEven } from './float32_arithmetic';
import { type ByteType, LIMITS, quantizeRow, quantizeValue } from './quantized_values';

export interface TensorScale {
  readonly type: ByteType;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What follows a layer's scaled sums. */
export interface EpilogueModel {
  readonly bias: Float32Array | null;
  /** null: float32. */
  readonly output: TensorScale | 'float16' | null;
  readonly activation: ActivationFunction | undefined;
}

export interface LayerModel extends EpilogueModel {
  /** float32 [n, k]. */
  readonly weight: Float32Array;
  readonly n: number;
  readonly k: number;
  /** Of the weights: one for all, or one for each of n. */
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  readonly input: TensorScale | null;
}

/** A row of activations as integers around 0, with its scale. */
function stageRow(row: ArrayLike<number>, input: TensorScale | null, isQuantized: boolean) {
  if (input === null) return quantizeRow(row);
  const { scale, zeroPoint, type } = input;
  const bytes = Array.from(row, (x) => (isQuantized ? x : quantizeValue(x, scale, zeroPoint, type)));
  return { values: bytes.map((q) => q - zeroPoint), scale };
}

interface Sum {
  readonly value: number;
  readonly rowScale: number;
  readonly residual: number | undefined;
}

/** What becomes of one exact sum; a float16 as its bits. */
function finish(model: LayerModel, { value, rowScale, residual }: Sum, j: number): number {
  const at = (array: { readonly [i: number]: number; readonly length: number }) => array[array.length === 1 ? 0 : j]!;
  let f = Math.fround(value);
  f = Math.fround(f * rowScale);
  return finishScaled(model, Math.fround(f * at(model.scale)), j, residual);
}

/** What becomes of a sum that is scaled; a float16 as its bits. */
export function finishScaled(model: EpilogueModel, scaled: number, j: number, residual: number | undefined): number {
  let f = scaled;
  if (model.bias !== null) f = Math.fround(f + model.bias[j]!);
  if (residual !== undefined) f = Math.fround(f + residual);
  f = activate(model.activation, f);
  if (model.output === null) return f;
  if (model.output === 'float16') return float16Bits(f);
  const { scale, zeroPoint, type } = model.output;
  const [low, high] = LIMITS[type];
  const inverse = Math.fround(1 / Math.fround(scale));
  return roundHalfToEven(clamp(Math.fround(f * inverse), low - zeroPoint, high - zeroPoint)) + zeroPoint;
}

export interface LayerInput {
  /** Rows [m, k] of float32 values, or of bytes of the input's type. */
  readonly x: Float32Array | Int8Array | Uint8Array;
  readonly m: number;
  /** float32 [m, n]. */
  readonly residual?: Float32Array;
}

/** The outputs [m, n], as numbers. */
export function forwardModel(model: LayerModel, { x, m, residual }: LayerInput): number[] {
  const { n, k, weight, scale, zeroPoint } = model;
  const weights = Array.from(weight, (w, i) => {
    const channel = scale.length === 1 ? 0 : Math.floor(i / k);
    return quantizeValue(w, scale[channel]!, zeroPoint[channel]!, 'int8') - zeroPoint[channel]!;
  });
  const out: number[] = [];
  for (let i = 0; i < m; i++) {
    const row = stageRow(x.subarray(i * k, (i + 1) * k), model.input, !(x instanceof Float32Array));
    for (let j = 0; j < n; j++) {
      const value = row.values.reduce((total, a, p) => total + a * weights[j * k + p]!, 0);
      out.push(finish(model, { value, rowScale: row.scale, residual: residual?.[i * n + j] }, j));
    }
  }
  return out;
}
