// Activations and float16 one value at a time, each step rounded to float32: the formulas that the package documents.
import type { ActivationFunction } from '../../lib';
import { clamp } from './float32_arithmetic';

const { fround } = Math;
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

const bitsOf = (value: number): number => {
  float[0] = value;
  return word[0]!;
};
const fromBits = (bits: number): number => {
  word[0] = bits;
  return float[0]!;
};

const EXP = [0.49999994, -0.16666515, 0.041668456, -0.0083694188, 0.0013813145].map(fround);
const GELU = [
  1.59576988, 0.0726661691, -6.51899516e-5, -1.10612387e-4, 7.92948877e-6, -2.64526673e-7, 3.51234127e-9,
].map(fround);

/** Horner's scheme. */
const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => fround(fround(sum * x) + coefficient));

/** e^-t = 2^-n e^-r with n the integer nearest to t / ln 2. */
function expNegated(t: number): number {
  const rounded = fround(fround(t * fround(Math.LOG2E)) + 12582912);
  const n = rounded - 12582912;
  const r = fround(fround(t - fround(n * 0.693359375)) - fround(n * fround(-2.1219444e-4)));
  const p = fround(fround(fround(fround(polynomial(EXP, r) * r) * r) - r) + 1);
  return fround(p * fromBits(((127 << 23) - (bitsOf(rounded) << 23)) >>> 0));
}

const atLeast = (limit: number, x: number) => Math.max(limit, x);

/** x / (1 + e^-t). */
function timesLogistic(x: number, t: number): number {
  const raised = atLeast(-89, t);
  return fround(x / fround(1 + expNegated(Math.min(raised, 88))));
}

function gelu(value: number): number {
  const x = atLeast(-30, value);
  const square = fround(x * x);
  return timesLogistic(x, fround(x * polynomial(GELU, Math.min(square, 25))));
}

function geluTanh(value: number): number {
  const x = atLeast(-12, value);
  return timesLogistic(x, fround(x * polynomial([1.5957691, 0.071354816].map(fround), fround(x * x))));
}

function silu(value: number): number {
  const x = atLeast(-89, value);
  return timesLogistic(x, x);
}

/** The activation of a float32 value, bit for bit. */
export function activate(activation: ActivationFunction | undefined, x: number): number {
  switch (activation) {
    case undefined:
    case 'none':
      return x;
    case 'relu':
      return clamp(x, 0, Infinity);
    case 'relu6':
      return clamp(x, 0, 6);
    case 'gelu':
      return gelu(x);
    case 'geluTanh':
      return geluTanh(x);
    case 'silu':
      return silu(x);
    default: {
      const [low, high] = activation.clip;
      return low === -Infinity && high === Infinity ? x : clamp(x, fround(low), fround(high));
    }
  }
}

/** The float16 nearest to a value, ties to even, as its 16 bits. */
export function float16Bits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = Object.is(x, -0) || x < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  if (magnitude >= 65520) return sign | 0x7c00;
  const power = Math.max(Math.floor(Math.log2(magnitude)), -14); // exact: a float32 below a power of two is far below it
  const steps = magnitude * 2 ** (10 - power);
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 === 1);
  return sign | ((power + 14) * 1024 + whole + (up ? 1 : 0));
}
