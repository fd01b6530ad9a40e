// The operands of an int8 product: full-range bytes, the same in every run, shared by all contestants of a case.
import type { Work } from '../contestant';
import { randomInt8, randomUint8 } from '../inputs';
import type { GemmShape } from './gemm_cases';

export interface GemmOperands {
  readonly shape: GemmShape;
  /** [m, k], 0 to 255. */
  readonly a: Uint8Array<ArrayBuffer>;
  /** The same bytes as signed numbers. */
  readonly signed: Int8Array;
  /** [k, n], -127 to 127, with 127 in each column: a layer quantizes such weights to themselves, with scale 1. */
  readonly b: Int8Array;
  /** With int32 results. */
  readonly work: Work;
}

export function createGemmOperands(shape: GemmShape): GemmOperands {
  const { m, n, k } = shape;
  const a = randomUint8(m * k, 1);
  const b = randomInt8(k * n, 2);
  for (let i = 0; i < b.length; i++) if (b[i] === -128) b[i] = -127;
  for (let column = 0; column < n; column++) b[(column % k) * n + column] = 127;
  return { shape, a, signed: new Int8Array(a.buffer, 0, m * k), b, work: workOf(shape, 4) };
}

/** The work of a product whose results take `outputBytes` bytes each. */
export function workOf({ m, n, k }: GemmShape, outputBytes: number): Work {
  return {
    operations: 2 * m * n * k,
    arithmetic: 'int8',
    bytes: m * k + k * n + outputBytes * m * n,
    traffic: 'read',
  };
}
