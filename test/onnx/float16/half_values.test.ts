// Rounding of float32 to float16.
import { expect, it } from 'vitest';
import { toHalf } from '../../../lib/onnx/float16/half_values';
import { halfBits } from '../../../lib/tensor/half_floats';

/** The value of float16 bits. */
function halfValue(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const magnitude =
    exponent === 31
      ? fraction === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

it('keeps every float16', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfValue(bits);
    if (Number.isNaN(value)) expect(halfValue(halfBits(value))).toBeNaN();
    else if (halfBits(value) !== bits) expect(halfBits(value)).toBe(bits);
  }
});

it('rounds to the nearest, ties to even', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [halfValue(bits), halfValue(bits + 1)];
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    const step = (high - low) / 64;
    if (halfBits(middle) !== even) expect(halfBits(middle)).toBe(even);
    if (halfBits(middle - step) !== bits) expect(halfBits(middle - step)).toBe(bits);
    if (halfBits(middle + step) !== bits + 1) expect(halfBits(middle + step)).toBe(bits + 1);
    if (halfBits(-middle) !== (even | 0x8000)) expect(halfBits(-middle)).toBe(even | 0x8000);
  }
  expect([65519, 65520, 1e30].map(halfBits)).toEqual([0x7bff, 0x7c00, 0x7c00]);
});

it('counts what is lost, and puts values beyond the range at its ends', () => {
  const { bits, losses } = toHalf(Float32Array.of(1e9, -1e9, Number.POSITIVE_INFINITY, 1e-10, 1e-6, 0, 1, 65519));
  expect([...bits]).toEqual([0x7bff, 0xfbff, 0x7c00, 0, 0x11, 0, 0x3c00, 0x7bff]);
  expect(losses).toEqual({ clamped: 2, vanished: 1, subnormal: 1 });
});
