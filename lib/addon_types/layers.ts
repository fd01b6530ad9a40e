// Packed weights and the layers made of them, as the addon takes and gives them.
declare const handle: unique symbol;
/** Weights packed for the kernels, owned by native memory. `k` rows by `n` columns. */
export interface PackedHandle {
  readonly [handle]: 'packed';
}
/** A quantized linear layer: packed weights, scales, bias and the epilogue's settings. */
export interface QuantizedLinearHandle {
  readonly [handle]: 'quantizedLinear';
}

/** Output types of the quantized linear layer, by the number that crosses the boundary. */
export const OUTPUT_TYPES = ['int32', 'float32', 'float16', 'int8', 'uint8'] as const;
export type OutputType = (typeof OUTPUT_TYPES)[number];

/** Activations, by the number that crosses the boundary with each call. */
export const ACTIVATION_KINDS = ['none', 'clip', 'gelu', 'geluTanh', 'silu'] as const;

/** What follows a layer's sums and bias. Bounds are those of a clip: [0, Infinity] for ReLU. null stands for none. */
export interface ActivationSpec {
  kind: Exclude<(typeof ACTIVATION_KINDS)[number], 'none'>;
  low: number;
  high: number;
}

/** Everything a quantized linear layer is made of. Zero points are null where they are 0. */
export interface QuantizedLinearSpec {
  /** Any packed weights but float32 ones. */
  weights: PackedHandle;
  /** Scale of each output feature's weights, length 1 or n; null where the packed weights have scales of their own. */
  weightScale: Float32Array | null;
  weightZeroPoint: Int32Array | null;
  /** [k]: what x is divided by first; null for 1. */
  inputScale: Float32Array | null;
  bias: Float32Array | null;
  /** null: each row of a float32 input gets its own scale (absmax / 127). */
  input: { type: 'int8' | 'uint8'; scale: number; zeroPoint: number } | null;
  output: { type: OutputType; scale: number; zeroPoint: number };
  activation: ActivationSpec | null;
}

/** Forms of packed weights that layers can have. */
export type PackedFormat = 'int8' | 'int4' | 'lut4' | 'float16' | 'bfloat16';

/** What a quantized linear layer was made from, with the form and the sizes of its weights in place of the weights. */
export interface QuantizedLinearDescription extends Omit<QuantizedLinearSpec, 'weights' | 'activation'> {
  k: number;
  n: number;
  weightFormat: PackedFormat;
  /** Values of k that share a scale; 0 where there are no scales. */
  weightGroup: number;
  /** The 16 values of lut4; else null. */
  weightTable: Float32Array | null;
}

/**
 * Weights [n, k] of 4 bits, two values a byte, the first in the low half; signed ones are -8 .. 7, else 0 .. 15. Scales, and zero
 * points in the values' range (null: 0, or 8 where unsigned), are [n, groups], for groups of `group` values of a row, the last
 * one shorter; a group is a multiple of 8 or at least k.
 */
type Int4Source = [
  nibbles: Uint8Array,
  scales: Float32Array,
  zeroPoints: Int8Array | null,
  k: number,
  n: number,
  group: number,
  signed: boolean,
];

/** Weights [n, k] of 8 bits in groups, as Int4Source with a value to each byte. */
type Int8GroupsSource = [
  values: Int8Array,
  scales: Float32Array,
  zeroPoints: Int8Array | null,
  k: number,
  n: number,
  group: number,
];

/**
 * Weights [n, k], w[i] = table[code[i]] * absmax[floor(i / block)] over the whole matrix row by row; two codes a byte, the first in
 * the high half.
 */
type Lut4Source = [codes: Uint8Array, table: Float32Array, absmax: Float32Array, k: number, n: number, block: number];

/** Weights packed for the kernels. */
export interface Packing {
  /** b is [k, n], or [n, k] when transposed. */
  packInt8(b: Int8Array, k: number, n: number, transposed: boolean): PackedHandle;
  packFloat32(b: Float32Array, k: number, n: number, transposed: boolean): PackedHandle;
  packInt4(...source: Int4Source): PackedHandle;
  packInt8Groups(...source: Int8GroupsSource): PackedHandle;
  packLut4(...source: Lut4Source): PackedHandle;
  /** b holds the bits of float16 or bfloat16 values, [k, n], or [n, k] when transposed. */
  packFloat16(b: Uint16Array, k: number, n: number, transposed: boolean, bfloat16: boolean): PackedHandle;
}

type AnyCall = (...args: never) => unknown;
type Promising<C> = C extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
/** The calls of an interface again, off the event loop: each returns a promise. */
export type AsyncOf<T extends { [K in keyof T]: AnyCall }> = {
  [K in keyof T & string as `${K}Async`]: Promising<T[K]>;
};
