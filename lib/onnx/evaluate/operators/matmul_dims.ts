// The shapes of MatMul and its kin: numpy's rules.
import { productOf } from '../../../tensor/tensor';
import type { Call } from '../call';
import { broadcastDims, broadcastStrides, walkRows } from '../strided';

export interface MatmulDims {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Of the result. */
  readonly dims: readonly number[];
  /** Matrices of a and of b, by number, for each matrix of the result. One pair if all rows of a meet one b. */
  readonly pairs: readonly (readonly [a: number, b: number])[];
}

/** [..., m, k] · [..., k, n]; vectors become matrices of one row or column, which the result does not have. Throws ERR_SHAPE. */
export function matmulDims(call: Call, a: readonly number[], b: readonly number[]): MatmulDims {
  const refuse = () => call.fail(`[${a.join(', ')}] and [${b.join(', ')}] cannot be multiplied`);
  if (a.length === 0 || b.length === 0) refuse();
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [m, k, n] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  if (right.at(-2) !== k) refuse();
  const [batchA, batchB] = [left.slice(0, -2), right.slice(0, -2)];
  const batch = broadcastDims(batchA, batchB) ?? refuse();
  const dims = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  if (productOf(batchB) === 1 && productOf(batch) === productOf(batchA))
    return { m: m * productOf(batch), k, n, dims, pairs: [[0, 0]] };
  return { m, k, n, dims, pairs: batchPairs(batch, batchA, batchB) };
}

function batchPairs(
  batch: readonly number[],
  a: readonly number[],
  b: readonly number[],
): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  const strides = [broadcastStrides(a, batch), broadcastStrides(b, batch)];
  walkRows({ dims: batch, strides }, ([i, j], count, [stepI, stepJ]) => {
    for (let c = 0; c < count; c++) pairs.push([i! + c * stepI!, j! + c * stepJ!]);
  });
  return pairs;
}
