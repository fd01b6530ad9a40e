// MatMul and Gemm, and com.microsoft's FusedMatMul and FusedGemm.
import type { ElementArray, TensorValue } from '../../model';
import type { Call } from '../call';
import { decode, encode, float32, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { broadcastDims, broadcastStrides, stridesOf, walkRows } from '../strided';
import { fusedActivation } from './fused_activation';
import { type MatmulDims, matmulDims } from './matmul_dims';
import { permuted } from './move';
import { floatOperand, multiplyFloats } from './products';

const transposedLast = (value: TensorValue): TensorValue => {
  const rank = value.dims.length;
  const order = Array.from({ length: rank }, (_, i) => i);
  return rank < 2 ? value : permuted(value, [...order.slice(0, -2), rank - 1, rank - 2]);
};

/** Products of element types without a kernel, summed in double or as 64-bit integers. */
function multiplyScalars(a: ElementArray, b: ElementArray, out: ElementArray, { m, k, n, pairs }: MatmulDims): void {
  const [x, y, z] = [a as Float64Array, b as Float64Array, out as Float64Array];
  const zero = (out instanceof BigInt64Array || out instanceof BigUint64Array ? 0n : 0) as number;
  pairs.forEach(([i, j], p) => {
    for (let r = 0; r < m; r++)
      for (let c = 0; c < n; c++) {
        let sum = zero;
        for (let t = 0; t < k; t++) sum += x[(i * m + r) * k + t]! * y[(j * k + t) * n + c]!;
        z[(p * m + r) * n + c] = sum;
      }
  });
}

/** a · b of float32 arrays. `bInput`: which input b is, to keep its packed form by. */
export function* matmulFloats(
  call: Call,
  [a, b]: readonly [Float32Array, Float32Array],
  shape: MatmulDims,
  bInput = 1,
): Work<Float32Array> {
  const { m, k, n, dims, pairs } = shape;
  const out = scratch('float32', dims) as Float32Array;
  const pack = call.keeps([bInput]);
  for (const [p, [i, j]] of pairs.entries()) {
    const matrix = b.subarray(j * k * n, (j + 1) * k * n);
    const operand = call.keep(`packed ${j}`, [bInput], () => floatOperand(matrix, [k, n], pack));
    yield* multiplyFloats(a.subarray(i * m * k, (i + 1) * m * k), operand, out.subarray(p * m * n, (p + 1) * m * n));
  }
  return out;
}

function* matmulValues(call: Call, a: TensorValue, b: TensorValue): Work<TensorValue> {
  if (a.type !== b.type) call.fail(`its inputs must be of one type, got ${a.type} and ${b.type}`, 'ERR_DTYPE');
  const shape = matmulDims(call, a.dims, b.dims);
  const type = call.type(0);
  const [x, y] = [decode(a), decode(b)];
  if (x instanceof Float32Array && y instanceof Float32Array)
    return encode(type, shape.dims, yield* matmulFloats(call, [x, y], shape));
  const out = scratch(type, shape.dims);
  multiplyScalars(x, y, out, shape);
  return encode(type, shape.dims, out);
}

function* matmul(call: Call): Work<readonly TensorValue[]> {
  return [yield* matmulValues(call, call.input(0), call.input(1))];
}

/** alpha · op(a) · op(b) of com.microsoft; transA and transB swap the last two axes. */
function* fusedMatmul(call: Call): Work<readonly TensorValue[]> {
  if (call.int('transBatchA', 0) !== 0 || call.int('transBatchB', 0) !== 0)
    call.fail('it transposes batches', 'ERR_UNSUPPORTED');
  const a = call.int('transA', 0) === 1 ? transposedLast(call.input(0)) : call.input(0);
  const b = call.keep('b', [1], () => (call.int('transB', 0) === 1 ? transposedLast(call.input(1)) : call.input(1)));
  const product = yield* matmulValues(call, a, b);
  const alpha = call.float('alpha', 1);
  return [
    alpha === 1
      ? product
      : float32(
          product.dims,
          (product.data as Float32Array).map((value) => value * alpha),
        ),
  ];
}

/** alpha · op(a) · op(b) + beta · c. c is broadcast to the product. */
function* gemm(call: Call): Work<readonly TensorValue[]> {
  const type = call.type(0);
  const [aDims, bDims] = [call.checkRank(0, 2), call.checkRank(1, 2)];
  const a = call.int('transA', 0) === 1 ? transposedLast(call.input(0)) : call.input(0);
  const turned = call.int('transB', 0) === 1;
  const k = a.dims[1]!;
  const n = turned ? bDims[0]! : bDims[1]!;
  if ((turned ? bDims[1] : bDims[0]) !== k)
    call.fail(`[${aDims.join(', ')}] and [${bDims.join(', ')}] cannot be multiplied`);
  const dims = [a.dims[0]!, n];
  const out = scratch(type, dims);
  const x = decode(a);
  if (x instanceof Float32Array) {
    const operand = call.keep('packed', [1], () =>
      floatOperand(call.array(1) as Float32Array, [k, n], call.keeps([1]), turned),
    );
    yield* multiplyFloats(x, operand, out as Float32Array);
  } else {
    const b = turned ? transposedLast(call.input(1)) : call.input(1);
    multiplyScalars(x, decode(b), out, { m: dims[0]!, k, n, dims, pairs: [[0, 0]] });
  }
  finishGemm(call, out as Float32Array, dims);
  return [encode(type, dims, out)];
}

function finishGemm(call: Call, out: Float32Array, dims: readonly number[]): void {
  const [alpha, beta] = [call.float('alpha', 1), call.float('beta', 1)];
  if (alpha !== 1) for (let i = 0; i < out.length; i++) out[i]! *= alpha;
  if (call.has(2)) {
    const cDims = call.dims(2);
    if (broadcastDims(cDims, dims)?.join() !== dims.join())
      call.fail(`[${cDims.join(', ')}] cannot be added to [${dims.join(', ')}]`);
    const c = call.array(2) as Float32Array;
    walkRows({ dims, strides: [broadcastStrides(cDims, dims), stridesOf(dims)] }, ([from, to], count, [step]) => {
      for (let i = 0; i < count; i++)
        out[to! + i]! += beta === 1 ? c[from! + i * step!]! : Math.fround(beta * c[from! + i * step!]!);
    });
  }
}

function* fusedGemm(call: Call): Work<readonly TensorValue[]> {
  const [product] = yield* gemm(call);
  return [fusedActivation(call, product!)];
}

export const PRODUCTS: Family = {
  Gemm: row(7, gemm),
  MatMul: row(1, matmul),
};

export const MICROSOFT_PRODUCTS: Family = {
  FusedGemm: row(1, fusedGemm),
  FusedMatMul: row(1, fusedMatmul),
};
