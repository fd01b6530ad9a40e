// Quantization and ranges in plain JavaScript, value by value, with the results of ONNX.
import type { PeerScale } from './peer_models';

/** Adding and taking off 1.5 * 2^52 rounds a double to the nearest integer, ties to even. */
const ROUNDER = 1.5 * 2 ** 52;

/** q = clamp(roundHalfToEven(x / scale) + zeroPoint). */
export function quantizeLoop(x: Float32Array, q: Int8Array | Uint8Array, { scale, zeroPoint }: PeerScale): void {
  const low = q instanceof Int8Array ? -128 : 0;
  const high = low + 255;
  for (let i = 0; i < x.length; i++) {
    const rounded = Math.fround((x[i] as number) / scale) + ROUNDER - ROUNDER + zeroPoint;
    q[i] = Math.max(low, Math.min(high, rounded));
  }
}

/** x = scale * (q - zeroPoint). */
export function dequantizeLoop(q: Int8Array | Uint8Array, x: Float32Array, { scale, zeroPoint }: PeerScale): void {
  for (let i = 0; i < q.length; i++) x[i] = ((q[i] as number) - zeroPoint) * scale;
}

/** Minimum and maximum into range[0] and range[1]. */
export function rangeLoop(x: Float32Array, range: Float32Array): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  range[0] = min;
  range[1] = max;
}

/** Adds to the bin floor(|x| * bins / (2 * limit)) of its sign's half, for values within the limit. */
export function histogramLoop(x: Float32Array, counts: Float64Array, limit: number): void {
  const half = counts.length / 2;
  const scale = half / limit;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    const bin = Math.floor(Math.abs(value) * scale);
    if (bin >= half) continue;
    const place = value < 0 ? half - 1 - bin : half + bin;
    counts[place] = (counts[place] as number) + 1;
  }
}

/** Sum and sum of squares into sums[0] and sums[1]. */
export function sumsLoop(x: Float32Array, sums: Float64Array): void {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    sum += value;
    squares += value * value;
  }
  sums[0] = sum;
  sums[1] = squares;
}
