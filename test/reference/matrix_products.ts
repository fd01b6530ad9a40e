// Matrix products as plain loops.
import { fma } from './float32_arithmetic';

export interface ProductSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** A zero point: one for all, or one for each row or column. */
export type ZeroPoint = number | Int32Array;

const zeroAt = (zero: ZeroPoint, index: number) =>
  typeof zero === 'number' ? zero : zero[zero.length === 1 ? 0 : index]!;

export interface IntegerProduct extends ProductSizes {
  readonly a: ArrayLike<number>;
  /** Elements from one row of a to the next; default k. */
  readonly stride?: number;
  readonly b: ArrayLike<number>;
  readonly aZero?: ZeroPoint;
  readonly bZero?: ZeroPoint;
}

/** c[m,n] = (a - aZero) · (b - bZero); sums stay below 2^53, so doubles are exact. */
export function integerProduct({ m, n, k, a, stride = k, b, aZero = 0, bZero = 0 }: IntegerProduct): Int32Array {
  const c = new Int32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      const za = zeroAt(aZero, i);
      const zb = zeroAt(bZero, j);
      for (let p = 0; p < k; p++) sum += (a[i * stride + p]! - za) * (b[p * n + j]! - zb);
      c[i * n + j] = sum;
    }
  return c;
}

export interface Float32Product extends ProductSizes {
  readonly a: Float32Array;
  readonly stride?: number;
  readonly b: Float32Array;
  /** b is [n, k] instead of [k, n]. */
  readonly transposed?: boolean;
  readonly bias?: Float32Array | null;
}

/** c = a · b (+ bias): each value one chain of fused multiply-adds from 0, k ascending. */
export function float32Product({ m, n, k, a, stride = k, b, transposed = false, bias }: Float32Product): Float32Array {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let acc = 0;
      for (let p = 0; p < k; p++) acc = fma(a[i * stride + p]!, b[transposed ? j * k + p : p * n + j]!, acc);
      c[i * n + j] = bias ? Math.fround(acc + bias[j]!) : acc;
    }
  return c;
}
