// float32 values as float16, and what that costs.
import { halfBits, SMALLEST_NORMAL_HALF } from '../../tensor/half_floats';

/** What became of values that float16 cannot hold as they are. */
export interface HalfLosses {
  /** Beyond the largest float16: they became it. */
  clamped: number;
  /** Not 0, but nearer to 0 than to the smallest float16. */
  vanished: number;
  /** Smaller than the normal numbers: they lost some bits. */
  subnormal: number;
}

/** Values as float16; finite ones beyond its range become the largest. Infinities and NaN stay. */
export function toHalf(values: Float32Array): { readonly bits: Uint16Array; readonly losses: HalfLosses } {
  const bits = new Uint16Array(values.length);
  const losses = { clamped: 0, vanished: 0, subnormal: 0 };
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const magnitude = Math.abs(value);
    if (magnitude >= 65520 && magnitude !== Number.POSITIVE_INFINITY) {
      losses.clamped++;
      bits[i] = value < 0 ? 0xfbff : 0x7bff;
      continue;
    }
    bits[i] = halfBits(value);
    if (magnitude === 0 || magnitude >= SMALLEST_NORMAL_HALF) continue;
    if ((bits[i]! & 0x7fff) === 0) losses.vanished++;
    else losses.subnormal++;
  }
  return { bits, losses };
}
