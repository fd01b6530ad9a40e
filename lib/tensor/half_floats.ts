// float32 to float16 and bfloat16, as IEEE 754 rounds: to nearest, ties to even.

/** The largest finite float16. */
export const LARGEST_HALF = 65504;
/** Below it, half precision has fewer than 11 significant bits. */
export const SMALLEST_NORMAL_HALF = 2 ** -14;

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/** The bits of the float16 nearest to a value. */
export function halfBits(value: number): number {
  floats[0] = value;
  const bits = words[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65520 on values round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13);
  // Subnormal: the value in units of 2^-24, rounded by the addition of 1.5 * 2^23 in float32.
  floats[0] = Math.abs(value) * 2 ** 24;
  floats[0] = floats[0]! + 12582912;
  return sign | (words[0]! & 0x7ff);
}

/** The bits of the bfloat16 nearest to a value. */
export function bfloat16Bits(value: number): number {
  floats[0] = value;
  const bits = words[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
