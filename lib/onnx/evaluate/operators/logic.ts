// Comparisons, And, Or, Xor, Not, Where, IsNaN, IsInf.
import type { NumericType, TensorValue } from '../../model';
import { bool, decode, encode, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { broadcastStrides, stridesOf, walkRows } from '../strided';
import { each, jointDims, type Pairwise, pairwise } from './broadcast';

const truth = (f: (a: number | bigint, b: number | bigint) => boolean): Pairwise => ({
  number: (a, b) => (f(a, b) ? 1 : 0),
  big: (a, b) => (f(a, b) ? 1 : 0),
});

const compare =
  (f: Pairwise): Operator =>
  (call) => {
    if (call.input(0).type === 'string') return [compareStrings(call.input(0), call.input(1))];
    return [pairwise(call, call.input(0), call.input(1), 'bool', f)];
  };

/** Equal on strings of the same dims. */
function compareStrings(a: TensorValue, b: TensorValue): TensorValue {
  return bool(
    a.dims,
    Uint8Array.from(a.data as readonly string[], (one, i) => (one === b.data[b.data.length === 1 ? 0 : i] ? 1 : 0)),
  );
}

/** The values of x where the condition holds, else those of y. */
const where: Operator = (call) => {
  const [condition, x, y] = [call.input(0), call.input(1), call.input(2)];
  if (x.type !== y.type) call.fail(`its values must be of one type, got ${x.type} and ${y.type}`, 'ERR_DTYPE');
  const dims = jointDims(call, condition, x, y);
  const type = call.type(1);
  const out = scratch(type, dims) as Float32Array;
  const [c, a, b] = [condition, x, y].map((value) => decode(value) as Float32Array);
  const strides = [...[condition, x, y].map((value) => broadcastStrides(value.dims, dims)), stridesOf(dims)];
  walkRows({ dims, strides }, ([i, j, k, to], count, [stepI, stepJ, stepK]) => {
    for (let n = 0; n < count; n++) out[to! + n] = c![i! + n * stepI!] ? a![j! + n * stepJ!]! : b![k! + n * stepK!]!;
  });
  return [encode(type, dims, out)];
};

const test =
  (f: (x: number) => boolean): Operator =>
  (call) => [
    bool(
      call.dims(0),
      Uint8Array.from(call.numbers(0), (x) => (f(x) ? 1 : 0)),
    ),
  ];

const isInfinite: Operator = (call) => {
  const negative = call.int('detect_negative', 1) === 1;
  const positive = call.int('detect_positive', 1) === 1;
  return test((x) => (positive && x === Number.POSITIVE_INFINITY) || (negative && x === Number.NEGATIVE_INFINITY))(
    call,
  );
};

const bitwiseNot: Operator = (call) => {
  const type: NumericType = call.type(0);
  if (type !== 'int64' && type !== 'uint64') return [each(call.input(0), (x) => ~x)];
  const out = scratch(type, call.dims(0)) as BigInt64Array;
  (call.array(0) as BigInt64Array).forEach((x, i) => {
    out[i] = ~x;
  });
  return [encode(type, call.dims(0), out)];
};

export const LOGIC: Family = {
  Equal: row(7, compare(truth((a, b) => a === b))),
  Greater: row(7, compare(truth((a, b) => a > b))),
  GreaterOrEqual: row(12, compare(truth((a, b) => a >= b))),
  Less: row(7, compare(truth((a, b) => a < b))),
  LessOrEqual: row(12, compare(truth((a, b) => a <= b))),
  And: row(7, compare(truth((a, b) => Boolean(a) && Boolean(b)))),
  Or: row(7, compare(truth((a, b) => Boolean(a) || Boolean(b)))),
  Xor: row(7, compare(truth((a, b) => Boolean(a) !== Boolean(b)))),
  Not: row(
    1,
    test((x) => x === 0),
  ),
  Where: row(9, where),
  IsNaN: row(9, test(Number.isNaN)),
  IsInf: row(10, isInfinite),
  BitwiseNot: row(18, bitwiseNot),
};
