// The quantized linear layer, step by step in float32: the order of operations that the class promises.
import { clamp, roundHalfToEven } from './float32_arithmetic';
import { type ByteType, LIMITS, quantizeRow, quantizeValue } from './quantized_values';

export interface TensorScale {
  readonly type: ByteType;
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface LayerModel {
  /** float32 [n, k]. */
  readonly weight: Float32Array;
  readonly n: number;
  readonly k: number;
  /** Of the weights: one for all, or one for each of n. */
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  readonly bias: Float32Array | null;
  readonly input: TensorScale | null;
  readonly output: TensorScale | null;
  readonly clip: readonly [number, number];
}

/** A row of activations as integers around 0, with its scale. */
function stageRow(row: ArrayLike<number>, input: TensorScale | null, isQuantized: boolean) {
  if (input === null) return quantizeRow(row);
  const { scale, zeroPoint, type } = input;
  const bytes = Array.from(row, (x) => (isQuantized ? x : quantizeValue(x, scale, zeroPoint, type)));
  return { values: bytes.map((q) => q - zeroPoint), scale };
}

/** What becomes of one exact sum. */
function finish(model: LayerModel, sum: number, rowScale: number, j: number): number {
  const at = (array: { readonly [i: number]: number; readonly length: number }) => array[array.length === 1 ? 0 : j]!;
  let f = Math.fround(sum);
  f = Math.fround(f * rowScale);
  f = Math.fround(f * at(model.scale));
  if (model.bias !== null) f = Math.fround(f + model.bias[j]!);
  if (model.clip[0] !== -Infinity || model.clip[1] !== Infinity)
    f = clamp(f, Math.fround(model.clip[0]), Math.fround(model.clip[1]));
  if (model.output === null) return f;
  const { scale, zeroPoint, type } = model.output;
  const [low, high] = LIMITS[type];
  const inverse = Math.fround(1 / Math.fround(scale));
  return roundHalfToEven(clamp(Math.fround(f * inverse), low - zeroPoint, high - zeroPoint)) + zeroPoint;
}

export interface LayerInput {
  /** Rows [m, k] of float32 values, or of bytes of the input's type. */
  readonly x: Float32Array | Int8Array | Uint8Array;
  readonly m: number;
}

/** The outputs [m, n], as numbers. */
export function forwardModel(model: LayerModel, { x, m }: LayerInput): number[] {
  const { n, k, weight, scale, zeroPoint } = model;
  const weights = Array.from(weight, (w, i) => {
    const channel = scale.length === 1 ? 0 : Math.floor(i / k);
    return quantizeValue(w, scale[channel]!, zeroPoint[channel]!, 'int8') - zeroPoint[channel]!;
  });
  const out: number[] = [];
  for (let i = 0; i < m; i++) {
    const row = stageRow(x.subarray(i * k, (i + 1) * k), model.input, !(x instanceof Float32Array));
    for (let j = 0; j < n; j++) {
      const sum = row.values.reduce((total, value, p) => total + value * weights[j * k + p]!, 0);
      out.push(finish(model, sum, row.scale, j));
    }
  }
  return out;
}
