// The addon's calls for rotated vectors and their codes.
declare const handle: unique symbol;
/** A seeded rotation of vectors of `dim` values. */
export interface RotationHandle {
  readonly [handle]: 'rotation';
}

/** Encoded vectors: planes of codes, row by row, and 64 bytes after the last; a float32 scale for each row. */
type EncodedInput = [codes: Uint8Array, scales: Float32Array, rotation: RotationHandle, bits: number];
type Conversion = [from: Uint8Array, to: Uint8Array, dim: number, bits: number, count: number];

export interface VectorOperations<Result> {
  /** out[rows, dim] = R x, or its inverse. */
  rotateVectors(
    x: Float32Array,
    rotation: RotationHandle,
    out: Float32Array,
    rows: number,
    xRowStride: number,
    back: boolean,
  ): Result;
  /** A row for each scale; scale is an index of SCALE_KINDS. Throws ERR_RANGE, naming the row. */
  encodeVectors(
    x: Float32Array,
    rotation: RotationHandle,
    codes: Uint8Array,
    scales: Float32Array,
    xRowStride: number,
    bits: number,
    scale: number,
    float16: boolean,
  ): Result;
  decodeVectors(...args: [...input: EncodedInput, out: Float32Array]): Result;
  /** out[count, rows] */
  scoreVectors(
    ...args: [...input: EncodedInput, queries: Float32Array, out: Float32Array, count: number, queryRowStride: number]
  ): Result;
  /** Planes with their 64 bytes more to streams of whole bytes for each row, and back. */
  codesToStream(...conversion: Conversion): Result;
  streamToCodes(...conversion: Conversion): Result;
}

export interface VectorHandles {
  /** rounds: 0 for the default, which all others than powers of two take. */
  createRotation(dim: number, seedLow: number, seedHigh: number, rounds: number): RotationHandle;
}
