import { describe, expect, it } from 'vitest';
import { clamp, fma, roundHalfToEven } from './float32_arithmetic';
import { Random } from './random';

const POINT = 298; // a product of two float32 values is a multiple of 2^-298

/** value * 2^298, exactly. */
function toFixed(value: number): bigint {
  let exponent = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  return (BigInt(mantissa) << BigInt(POINT)) >> BigInt(exponent);
}

function nextFloat(value: number, step: 1 | -1): number {
  const bits = new Int32Array(new Float32Array([value === 0 ? 0 : value]).buffer);
  if (value === 0) return step * 2 ** -149;
  bits[0] = bits[0]! + (value > 0 ? step : -step);
  return new Float32Array(bits.buffer)[0]!;
}

/** The float32 nearest to a fixed-point value, the even one of two: found by trying the floats around a guess. */
function nearestFloat(fixed: bigint): number {
  const guess = Math.fround(Number(fixed) / 2 ** POINT);
  const distance = (f: number) => {
    const d = toFixed(f) - fixed;
    return d < 0n ? -d : d;
  };
  const isEven = (f: number) => (new Uint32Array(new Float32Array([f]).buffer)[0]! & 1) === 0;
  return [nextFloat(guess, -1), guess, nextFloat(guess, 1)].reduce((best, f) => {
    if (distance(f) < distance(best)) return f;
    return distance(f) === distance(best) && isEven(f) ? f : best;
  });
}

describe('fma', () => {
  it('rounds once, where rounding a double would round twice', () => {
    // a * b = 2^-24 - 2^-64: just below the tie between c and its upper neighbour, which a double does not see.
    const [a, b, c] = [2 ** -12 * (1 + 2 ** -20), 2 ** -12 * (1 - 2 ** -20), 1 + 2 ** -23];
    expect(Math.fround(a * b + c)).toBe(1 + 2 ** -22);
    expect(fma(a, b, c)).toBe(c);
    expect(fma(-a, b, -c)).toBe(-c);
    expect(fma(a, b, 1)).toBe(1);
  });

  it('is the nearest float to the exact result, for values of all sizes', () => {
    const random = new Random(1);
    for (let i = 0; i < 4000; i++) {
      const scale = () => 2 ** random.integer(-75, 40);
      const [a, b] = [Math.fround(random.next() * scale()), Math.fround((random.next() - 0.5) * scale())];
      // The addend is unrelated, nearly cancels the product, or is much smaller or larger.
      const addends = [
        random.next() * scale(),
        -a * b * (1 + 2 ** -random.integer(10, 30)),
        a * b * 2 ** 24,
        a * b * 2 ** -25,
      ];
      const c = Math.fround(random.pick(addends));
      const exact = (toFixed(a) * toFixed(b)) / (1n << BigInt(POINT)) + toFixed(c);
      expect(fma(a, b, c), `${a} * ${b} + ${c}`).toBe(exact === 0n ? 0 : nearestFloat(exact));
    }
  });

  it('is the nearest float to the exact result, next to ties', () => {
    const random = new Random(2);
    for (let i = 0; i < 1000; i++) {
      const tail = 2 ** -random.integer(12, 23);
      const [a, b] = [2 ** -12 * (1 + tail), 2 ** -12 * random.pick([1 - tail, 1 + tail, tail - 1])];
      const c = random.pick([1, -1]) * (1 + random.integer(0, 7) * 2 ** -23);
      expect(fma(a, b, c), `${a} * ${b} + ${c}`).toBe(
        nearestFloat((toFixed(a) * toFixed(b)) / 2n ** 298n + toFixed(c)),
      );
    }
  });

  it('follows IEEE 754 at zeros, infinities and NaN', () => {
    expect(fma(0, -1, -0)).toBe(-0);
    expect(fma(1, 1, -1)).toBe(0);
    expect(fma(3e38, 3e38, 0)).toBe(Infinity);
    expect(fma(Infinity, 0, 1)).toBe(Number.NaN);
    expect(fma(Infinity, 1, -Infinity)).toBe(Number.NaN);
  });
});

describe('rounding and clamping', () => {
  it('takes ties to even', () => {
    const values = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 126.5, -127.5, 3, Infinity];
    expect(values.map((v) => roundHalfToEven(v) + 0)).toEqual([0, 2, 2, 0, -2, -2, 0, 126, -128, 3, Infinity]);
  });

  it('takes what is not above the low bound, NaN included, to the low bound', () => {
    expect([NaN, -Infinity, -2, 0, 9].map((v) => clamp(v, -1, 5))).toEqual([-1, -1, -1, 0, 5]);
  });
});
