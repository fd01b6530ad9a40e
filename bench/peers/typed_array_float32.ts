// The float32 product in plain JavaScript: as the int8 one, 2 x 4 outputs in registers; the sums are doubles.
import { type LoopShape, store4 } from './typed_array_int8';

/** out[m, n] = a[m, k] times the transpose of bT[n, k]. n must be a multiple of 4. */
export function multiplyFloat32(a: Float32Array, bT: Float32Array, out: Float32Array, shape: LoopShape): void {
  const { m, n, k } = shape;
  for (let j = 0; j < n; j += 4) {
    // The last row of an odd count stands in for its missing neighbour.
    for (let i = 0; i < m; i += 2) tile2x4(a, bT, out, { i, second: Math.min(i + 1, m - 1), j, n, k });
  }
}

interface Tile {
  readonly i: number;
  readonly second: number;
  readonly j: number;
  readonly n: number;
  readonly k: number;
}

function tile2x4(a: Float32Array, bT: Float32Array, out: Float32Array, tile: Tile): void {
  const { k, n, j } = tile;
  const a0 = tile.i * k;
  const a1 = tile.second * k;
  const b0 = j * k;
  const b1 = b0 + k;
  const b2 = b1 + k;
  const b3 = b2 + k;
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0;
  let s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  for (let p = 0; p < k; p++) {
    const x0 = a[a0 + p] as number;
    const x1 = a[a1 + p] as number;
    const y0 = bT[b0 + p] as number;
    const y1 = bT[b1 + p] as number;
    const y2 = bT[b2 + p] as number;
    const y3 = bT[b3 + p] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
  }
  store4(out, tile.i * n + j, [s00, s01, s02, s03]);
  store4(out, tile.second * n + j, [s10, s11, s12, s13]);
}
