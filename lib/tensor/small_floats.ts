// Floating-point formats of 16 bits and fewer: their bits to numbers and back.

/** exponent and mantissa bits, bias, and what the top of the range stands for. */
interface Format {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /** ieee: infinities and NaNs; fn: no infinity, all ones are NaN; fnuz: neither infinity nor -0, which is NaN; finite: neither. */
  readonly top: 'ieee' | 'fn' | 'fnuz' | 'finite';
  readonly bits: number;
}

const FORMATS = {
  float16: { exponent: 5, mantissa: 10, bias: 15, top: 'ieee', bits: 16 },
  bfloat16: { exponent: 8, mantissa: 7, bias: 127, top: 'ieee', bits: 16 },
  float8e4m3fn: { exponent: 4, mantissa: 3, bias: 7, top: 'fn', bits: 8 },
  float8e4m3fnuz: { exponent: 4, mantissa: 3, bias: 8, top: 'fnuz', bits: 8 },
  float8e5m2: { exponent: 5, mantissa: 2, bias: 15, top: 'ieee', bits: 8 },
  float8e5m2fnuz: { exponent: 5, mantissa: 2, bias: 16, top: 'fnuz', bits: 8 },
  float4e2m1: { exponent: 2, mantissa: 1, bias: 1, top: 'finite', bits: 4 },
} as const satisfies Record<string, Format>;

export type SmallFloat = keyof typeof FORMATS;

export function isSmallFloat(type: string): type is SmallFloat {
  return Object.hasOwn(FORMATS, type);
}

const tables = new Map<SmallFloat, Float32Array>();

/** The values of all bit patterns of a format. */
export function valuesOf(type: SmallFloat): Float32Array {
  const found = tables.get(type);
  if (found !== undefined) return found;
  const format: Format = FORMATS[type];
  const table = Float32Array.from({ length: 2 ** format.bits }, (_, bits) => valueOfBits(format, bits));
  tables.set(type, table);
  return table;
}

function valueOfBits({ exponent, mantissa, bias, top, bits: width }: Format, bits: number): number {
  const sign = bits >>> (width - 1) === 1 ? -1 : 1;
  const power = (bits >>> mantissa) & (2 ** exponent - 1);
  const fraction = bits & (2 ** mantissa - 1);
  if (top === 'fnuz' && sign < 0 && power === 0 && fraction === 0) return Number.NaN;
  if (power === 2 ** exponent - 1) {
    if (top === 'ieee') return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (top === 'fn' && fraction === 2 ** mantissa - 1) return Number.NaN;
  }
  if (power === 0) return sign * fraction * 2 ** (1 - bias - mantissa);
  return sign * (1 + fraction / 2 ** mantissa) * 2 ** (power - bias);
}

/** The bits of the largest finite value. */
function largestOf({ exponent, mantissa, top }: Format): number {
  const all = 2 ** (exponent + mantissa) - 1;
  if (top === 'ieee') return all - 2 ** mantissa;
  return top === 'fn' ? all - 1 : all;
}

const nanOf = ({ top, bits, exponent, mantissa }: Format): number => {
  if (top === 'fnuz') return 2 ** (bits - 1);
  if (top === 'ieee') return (2 ** exponent - 1) * 2 ** mantissa + 2 ** (mantissa - 1);
  return top === 'fn' ? 2 ** (bits - 1) - 1 : 2 ** (bits - 1);
};

/**
 * A number's bits, rounded to nearest, ties to even. Beyond the range: the largest value where `saturate` is set or the format
 * has neither infinity nor NaN, else infinity, or NaN in formats without one.
 */
export function bitsOfNumber(type: SmallFloat, value: number, saturate: boolean): number {
  const format: Format = FORMATS[type];
  const { mantissa, bias, top, bits } = format;
  if (Number.isNaN(value)) return nanOf(format);
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (bits - 1) : 0;
  const magnitude = Math.abs(value);
  const largest = largestOf(format);
  const power = Math.max(exponentOf(magnitude), 1 - bias);
  const units = magnitude === Number.POSITIVE_INFINITY ? largest + 1 : roundedUnits(magnitude, power - mantissa);
  const code = Number.isFinite(magnitude) ? units + (power + bias - 1) * 2 ** mantissa : units;
  if (code > largest) {
    if (saturate || top === 'finite') return sign + largest;
    return top === 'ieee' ? sign + largest + 1 : nanOf(format) + (top === 'fn' ? sign : 0);
  }
  return code === 0 && top === 'fnuz' ? 0 : sign + code;
}

/** floor(log2(x)) of a positive number, by its bits; very small for 0. */
function exponentOf(magnitude: number): number {
  if (magnitude === 0) return -1100;
  WORDS_VALUE[0] = magnitude;
  return ((WORDS[1]! >>> 20) & 0x7ff) - 1023;
}

const WORDS_VALUE = new Float64Array(1);
const WORDS = new Uint32Array(WORDS_VALUE.buffer);

/** magnitude / 2^power as an integer, ties to even. */
function roundedUnits(magnitude: number, power: number): number {
  const exact = magnitude * 2 ** -power;
  const floor = Math.floor(exact);
  const rest = exact - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
