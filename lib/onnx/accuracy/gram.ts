// Gram matrices: sums over rows of the products of all pairs of their values.
import { matmulFloat32 } from '../../matmul';
import type { LayerRows } from './layer_rows';

/** Below this length a product is not worth a call. */
const SHORT = 16;

function transposed(rows: Float32Array, count: number, length: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(rows.length);
  for (let r = 0; r < count; r++)
    for (let i = 0; i < length; i++) result[i * count + r] = rows[r * length + i] as number;
  return result;
}

function productOf(rows: Float32Array<ArrayBuffer>, count: number, length: number): Float32Array {
  if (length >= SHORT)
    return matmulFloat32(
      { type: 'float32', dims: [length, count], data: transposed(rows, count, length) },
      { type: 'float32', dims: [count, length], data: rows },
    ).data;
  const product = new Float32Array(length * length);
  for (let r = 0; r < count; r++)
    for (let i = 0; i < length; i++)
      for (let k = 0; k < length; k++) {
        const at = i * length + k;
        product[at] = (product[at] as number) + (rows[r * length + i] as number) * (rows[r * length + k] as number);
      }
  return product;
}

/** Gram matrices of a layer's inputs, one for each group, as float32 [length, length]. */
export class Gram {
  readonly length: number;
  readonly matrices: readonly Float32Array[];
  rows = 0;

  constructor(groups: number, length: number) {
    this.length = length;
    this.matrices = Array.from({ length: groups }, () => new Float32Array(length * length));
  }

  add({ count, length, rows }: LayerRows): void {
    rows.forEach((group, g) => {
      const product = productOf(group as Float32Array<ArrayBuffer>, count, length);
      const sum = this.matrices[g]!;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (product[i] as number);
    });
    this.rows += count;
  }
}
