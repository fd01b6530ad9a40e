// The 16 values of NF4 and FP4, as bitsandbytes has them, and what the code nearest to a value is looked up with.

/** Types whose values are a table times the largest magnitude of their block. */
export const CODEBOOK_TYPES = ['nf4', 'fp4'] as const;
export type CodebookType = (typeof CODEBOOK_TYPES)[number];

export const isCodebookType = (type: string): type is CodebookType =>
  (CODEBOOK_TYPES as readonly string[]).includes(type);

/** NF4 of T. Dettmers et al., "QLoRA", 2023: quantiles of the normal distribution, with an exact 0. Ascending. */
const NF4 = Float32Array.of(
  -1.0,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0.0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1.0,
);

/** Sign, two bits of exponent, one of mantissa; bit 3 is the sign. The order is bitsandbytes' own. */
const FP4 = Float32Array.of(0, 0.0625, 8, 12, 4, 6, 2, 3, -0, -0.0625, -8, -12, -4, -6, -2, -3).map((v) => v / 12);

/** The value of each of the 16 codes. */
export function codeTable(type: CodebookType): Float32Array {
  return type === 'nf4' ? NF4 : FP4;
}

/** Midpoints of neighbours, as float32: a value equal to one of them belongs to the code below. */
const NF4_BOUNDS = Float32Array.from({ length: 15 }, (_, i) => (NF4[i]! + NF4[i + 1]!) / 2);

/** Bounds of magnitudes, and the codes between them, from 0 up. The bounds are bitsandbytes' decimals. */
const FP4_BOUNDS = Float32Array.of(0.00260417, 0.0859375, 0.20833333, 0.29166667, 0.4166667, 0.583333, 0.8333333);
const FP4_CODES = [0, 1, 6, 7, 4, 5, 2, 3] as const;

/** What native code looks codes up with: those of the intervals between bounds, from below, and the values that codes stand for. */
export interface Lookup {
  /** 15, ascending; a bound itself belongs to the interval below it. */
  readonly bounds: Float32Array;
  readonly codes: Uint8Array;
  readonly table: Float32Array;
}

/** The float32 just below a negative one: in signed intervals what is equal to a bound belongs above it there. */
function justBelow(value: number): number {
  const floats = Float32Array.of(value);
  new Uint32Array(floats.buffer)[0]! += 1;
  return floats[0]!;
}

const LOOKUPS: Readonly<Record<CodebookType, Lookup>> = {
  nf4: { bounds: NF4_BOUNDS, codes: Uint8Array.from({ length: 16 }, (_, i) => i), table: NF4 },
  fp4: {
    bounds: Float32Array.of(
      ...Array.from(FP4_BOUNDS, (bound) => justBelow(-bound)).reverse(),
      -(2 ** -149),
      ...FP4_BOUNDS,
    ),
    codes: Uint8Array.of(...FP4_CODES.map((code) => code + 8).reverse(), ...FP4_CODES),
    table: FP4,
  },
};

/** Of two codes equally near the lower one is taken, in FP4 the one nearer to 0. */
export function lookupOf(type: CodebookType): Lookup {
  return LOOKUPS[type];
}
