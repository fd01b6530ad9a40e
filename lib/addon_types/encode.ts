// The addon's calls that turn weights into codes of tables.

export interface EncodeOperations<Result> {
  /**
   * Blocks of x as codes of a table of 16 values times the block's largest magnitude a, two codes a byte, the first in the high
   * half. A value gets levelCodes[i], i the number of bounds below x / a. moments: for each block the sums of (x / a - t) t
   * and of t^2, t being the table's values; sums: of (x - a t)^2 and of x^2. Throws ERR_RANGE for NaN and infinities.
   */
  encodeCodebook(
    x: Float32Array,
    codes: Uint8Array,
    absmax: Float32Array,
    moments: Float32Array | null,
    sums: Float64Array | null,
    bounds: Float32Array,
    levelCodes: Uint8Array,
    table: Float32Array,
    block: number,
  ): Result;
  /** magnitudes = map[codes] * scales + offset, a scale for each 256, offset[0] being their mean; the map has 256 values. */
  nestMagnitudes(
    magnitudes: Float32Array,
    map: Float32Array,
    codes: Uint8Array,
    scales: Float32Array,
    offset: Float32Array,
  ): Result;
}
