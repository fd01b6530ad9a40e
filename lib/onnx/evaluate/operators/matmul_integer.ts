// MatMulInteger, QLinearMatMul, and com.microsoft's MatMulIntegerToFloat, DynamicQuantizeMatMul and QGemm.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { float32, type NumberArray, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { type MatmulDims, matmulDims } from './matmul_dims';
import { permuted } from './move';
import { dispose, type IntegerRows, integerOperand, multiplyIntegers, zeroPointsOrNull } from './products';
import { quantizeDynamically } from './quantize_linear';
import { multipliersOf, requantize } from './requantize';

interface Sums {
  readonly sums: Int32Array;
  readonly shape: MatmulDims;
}

/** Which inputs of a node are the operands; a may be computed by the node itself. */
interface Places {
  readonly a: { readonly data: Int8Array | Uint8Array; readonly dims: readonly number[]; readonly zero: Int32Array };
  readonly b: number;
  readonly bZero: number;
}

export function bytesOf(call: Call, index: number): Int8Array | Uint8Array {
  const array = call.array(index);
  if (array instanceof Int8Array || array instanceof Uint8Array) return array;
  return call.fail(`input ${index} must be int8 or uint8, got ${call.type(index)}`, 'ERR_DTYPE');
}

export function zeroPointOf(call: Call, index: number): Int32Array {
  return call.has(index) ? Int32Array.from(call.numbers(index)) : Int32Array.of(0);
}

/** The zero points of one matrix of `size` rows or columns. */
function partOf(call: Call, zero: Int32Array, size: number, matrix: number): Int32Array {
  if (zero.length === 1 || zero.length === size) return zero;
  const part = zero.subarray(matrix * size, (matrix + 1) * size);
  return part.length === size ? part : call.fail(`it has ${zero.length} zero points for ${size} rows or columns`);
}

/** (a - za) · (b - zb) with the shapes of MatMul. */
function* multiply(call: Call, { a, b, bZero }: Places): Work<Sums> {
  const shape = matmulDims(call, a.dims, call.dims(b));
  const { m, k, n, dims, pairs } = shape;
  const sums = scratch('int32', dims) as Int32Array;
  const [right, zeroB] = [bytesOf(call, b), zeroPointOf(call, bZero)];
  for (const [p, [i, j]] of pairs.entries()) {
    const pack = () => integerOperand(right.subarray(j * k * n, (j + 1) * k * n), partOf(call, zeroB, n, j), [k, n]);
    const operand = call.keep(`packed ${j}`, [b, bZero], pack);
    const rows: IntegerRows = {
      data: a.data.subarray(i * m * k, (i + 1) * m * k),
      zeroPoint: zeroPointsOrNull(partOf(call, a.zero, m, i)),
    };
    yield* multiplyIntegers(rows, operand, sums.subarray(p * m * n, (p + 1) * m * n));
    if (!call.keeps([b, bZero])) dispose(operand);
  }
  return { sums, shape };
}

const operandA = (call: Call, zero: number): Places['a'] => ({
  data: bytesOf(call, 0),
  dims: call.dims(0),
  zero: zeroPointOf(call, zero),
});

function* matmulInteger(call: Call): Work<readonly TensorValue[]> {
  const { sums, shape } = yield* multiply(call, { a: operandA(call, 2), b: 1, bZero: 3 });
  return [{ type: 'int32', dims: shape.dims, data: sums }];
}

/** Inputs: a, its scale and zero point; the same of b, and of the output. Scales of a and y are one, of b one or n. */
function* qlinearMatmul(call: Call): Work<readonly TensorValue[]> {
  const { sums, shape } = yield* multiply(call, { a: operandA(call, 2), b: 3, bZero: 5 });
  const scale = call.numbers(4);
  if (scale.length !== 1 && scale.length !== shape.n) call.fail(`b has ${scale.length} scales for ${shape.n} columns`);
  const multipliers = multipliersOf(call.scalar(1, 1), scale, call.scalar(6, 1));
  const to = { multipliers, zeroPoint: call.scalar(7, 0), type: call.has(7) ? call.type(7) : call.type(0) };
  return [requantize(call, sums, shape.dims, to, scale.length === 1 ? sums.length : 1)];
}

/** float32(sum) · (scale of a · scale of b) + bias. */
function scaled(
  call: Call,
  { sums, shape }: Sums,
  scaleA: number,
  [scales, bias]: readonly [NumberArray, number],
): TensorValue {
  const { n } = shape;
  if (scales.length !== 1 && scales.length !== n) call.fail(`b has ${scales.length} scales for ${n} columns`);
  const shift = call.optionalFloats(bias);
  if (shift !== undefined && shift.length !== n) call.fail(`it has ${shift.length} biases for ${n} columns`);
  const out = scratch('float32', shape.dims) as Float32Array;
  for (let i = 0; i < out.length; i++) {
    const c = i % n;
    const scale = Math.fround(scaleA * scales[scales.length === 1 ? 0 : c]!);
    out[i] = Math.fround(Math.fround(sums[i]!) * scale) + (shift?.[c] ?? 0);
  }
  return float32(shape.dims, out);
}

/** a, b, scale of a, scale of b, zero point of a, zero point of b, bias. */
function* matmulIntegerToFloat(call: Call): Work<readonly TensorValue[]> {
  const sums = yield* multiply(call, { a: operandA(call, 4), b: 1, bZero: 5 });
  return [scaled(call, sums, call.scalar(2, 1), [call.numbers(3), 6])];
}

/** a in float32, quantized as DynamicQuantizeLinear; b, its scale and zero point, bias. */
function* dynamicQuantizeMatmul(call: Call): Work<readonly TensorValue[]> {
  const { q, scale, zeroPoint } = quantizeDynamically(call, 0);
  const a = { data: q, dims: call.dims(0), zero: Int32Array.of(zeroPoint) };
  const sums = yield* multiply(call, { a, b: 1, bZero: 3 });
  return [scaled(call, sums, scale, [call.numbers(2), 4])];
}

function* qgemm(call: Call): Work<readonly TensorValue[]> {
  const turn = (value: TensorValue) => permuted(value, [1, 0]);
  const [aDims, bDims] = [call.checkRank(0, 2), call.checkRank(3, 2)];
  const a = call.int('transA', 0) === 1 ? turn(call.input(0)) : call.input(0);
  const turned = call.int('transB', 0) === 1;
  const [m, k] = a.dims as readonly [number, number];
  const n = turned ? bDims[0]! : bDims[1]!;
  if ((turned ? bDims[1] : bDims[0]) !== k)
    call.fail(`[${aDims.join(', ')}] and [${bDims.join(', ')}] cannot be multiplied`);
  const operand = call.keep('packed', [3, 5], () =>
    integerOperand(bytesOf(call, 3), zeroPointOf(call, 5), [k, n], turned),
  );
  const sums = new Int32Array(m * n);
  const data = a.data as Uint8Array;
  yield* multiplyIntegers({ data, zeroPoint: zeroPointsOrNull(zeroPointOf(call, 2)) }, operand, sums);
  if (!call.keeps([3, 5])) dispose(operand);
  return [finishGemm(call, { sums, shape: { m, k, n, dims: [m, n], pairs: [] } })];
}

/** The bias is int32 with the scale of the sums; the output is float32 if it has no scale of its own. */
function finishGemm(call: Call, { sums, shape }: Sums): TensorValue {
  const { n, dims } = shape;
  const [alpha, scaleA, scales] = [call.float('alpha', 1), call.scalar(1, 1), call.numbers(4)];
  if (call.has(6)) {
    const bias = call.numbers(6);
    if (bias.length !== n && bias.length !== sums.length && bias.length !== 1)
      call.fail(`it has ${bias.length} biases for ${n} columns`);
    for (let i = 0; i < sums.length; i++) sums[i]! += bias[i % bias.length]!;
  }
  const factor = Math.fround(alpha * scaleA);
  if (!call.has(7)) return scaled(call, { sums, shape }, factor, [scales, -1]);
  const multipliers = multipliersOf(factor, scales, call.scalar(7, 1));
  const to = { multipliers, zeroPoint: call.scalar(8, 0), type: call.has(8) ? call.type(8) : call.type(0) };
  return requantize(call, sums, dims, to, scales.length === 1 ? sums.length : 1);
}

export const INTEGER_PRODUCTS: Family = {
  MatMulInteger: row(10, matmulInteger),
  QLinearMatMul: row(10, qlinearMatmul),
};

export const MICROSOFT_INTEGER_PRODUCTS: Family = {
  DynamicQuantizeMatMul: row(1, dynamicQuantizeMatmul),
  MatMulIntegerToFloat: row(1, matmulIntegerToFloat),
  QGemm: row(1, qgemm),
};
