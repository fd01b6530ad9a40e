// Matrix products on the project's kernels, as steps.
import { addon, type PackedHandle } from '../../../addon';
import type { NumberArray } from '../numbers';
import type { Step, Work } from '../operator';

/** A float32 second operand [k, n]: packed, or as it lies. */
export interface FloatOperand {
  readonly packed: PackedHandle | undefined;
  readonly data: Float32Array;
  readonly k: number;
  readonly n: number;
}

/** A second operand to be used again is packed; `transposed`: the data are [n, k], which is always packed. */
export function floatOperand(
  data: Float32Array,
  [k, n]: readonly [number, number],
  pack: boolean,
  transposed = false,
): FloatOperand {
  const packed = (pack || transposed) && k * n > 0 ? addon.packFloat32(data, k, n, transposed) : undefined;
  return { packed, data, k, n };
}

/** out[m, n] = a[m, k] · b[k, n], sums as chains of fused multiply-adds, k ascending. Empty products are zeros. */
export function* multiplyFloats(a: Float32Array, b: FloatOperand, out: Float32Array): Work<void> {
  const { packed, data, k, n } = b;
  if (k * n === 0 || out.length === 0) return;
  const m = out.length / n;
  const step: Step = {
    work: m * k * n,
    now: () =>
      packed === undefined
        ? addon.multiplyFloat32(a, data, out, m, k, k, n)
        : addon.matmulFloat32(a, packed, out, m, k),
    later: () =>
      packed === undefined
        ? addon.multiplyFloat32Async(a, data, out, m, k, k, n)
        : addon.matmulFloat32Async(a, packed, out, m, k),
  };
  yield step;
}

/** An int8 second operand [k, n] and its zero points, one or n of them; null where they are 0. */
export interface IntegerOperand {
  readonly packed: PackedHandle | undefined;
  readonly zeroPoint: Int32Array | null;
  readonly k: number;
  readonly n: number;
}

const FLIP = 128;

/** Packs 8-bit weights [k, n], or [n, k] if transposed. uint8 values become int8 ones of the same distance to their zero points. */
export function integerOperand(
  data: NumberArray,
  zeroPoints: Int32Array,
  [k, n]: readonly [number, number],
  transposed = false,
): IntegerOperand {
  const signed = data instanceof Int8Array;
  const bytes = signed ? data : Int8Array.from(data as Uint8Array, (value) => value - FLIP);
  const zeros = signed ? zeroPoints : zeroPoints.map((zero) => zero - FLIP);
  const packed = k * n > 0 ? addon.packInt8(bytes, k, n, transposed) : undefined;
  return { packed, zeroPoint: zeros.every((zero) => zero === 0) ? null : zeros, k, n };
}

/** 8-bit first operands [m, k]. */
export interface IntegerRows {
  readonly data: Int8Array | Uint8Array;
  /** One, or one for each row; null where they are 0. */
  readonly zeroPoint: Int32Array | null;
}

/** out[m, n] = (a - za) · (b - zb), exact. */
export function* multiplyIntegers(a: IntegerRows, b: IntegerOperand, out: Int32Array): Work<void> {
  const { packed, zeroPoint, k, n } = b;
  if (packed === undefined || out.length === 0) return;
  const m = out.length / n;
  const step: Step = {
    work: m * k * n,
    now: () => addon.matmulInt8(a.data, packed, out, m, k, a.zeroPoint, zeroPoint),
    later: () => addon.matmulInt8Async(a.data, packed, out, m, k, a.zeroPoint, zeroPoint),
  };
  yield step;
}

export const dispose = (operand: { readonly packed: PackedHandle | undefined }): void => {
  if (operand.packed !== undefined) addon.dispose(operand.packed);
};

/** Zero points as the kernels take them: null where all are 0. */
export function zeroPointsOrNull(values: Int32Array): Int32Array | null {
  return values.every((value) => value === 0) ? null : values;
}
