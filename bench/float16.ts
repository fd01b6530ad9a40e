// float16 as the numbers that its bits stand for.

/** 5 bits of exponent, 10 of fraction. */
export function fromFloat16(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** What rounding to the nearest float16 changes a number by at most, as a part of it (from 2^-14 on). */
export const FLOAT16_ROUNDING = 2 ** -11;
