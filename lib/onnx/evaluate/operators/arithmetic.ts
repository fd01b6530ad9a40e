// Add, Sub, Mul, Div, Mod, Pow, Min, Max, Sum, Mean, BitShift and the bitwise operators.
import type { NumericType, TensorValue } from '../../model';
import type { Call } from '../call';
import { decode, encode, greater, lesser, numbersOf, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { jointDims, type Pairwise, pairwise } from './broadcast';

const isInteger = (type: string): boolean => /^u?int/.test(type);

/** Wraps as the type does; division by zero gives 0 for integers. */
const bigQuotient = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : a / b);

/** a to the power of b modulo 2^64: the numbers stay short. Negative powers are 0. */
function bigPower(a: bigint, b: bigint): bigint {
  if (b < 0n) return 0n;
  let [result, base] = [1n, a];
  for (let rest = b; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}

const ADD: Pairwise = { number: (a, b) => a + b, big: (a, b) => a + b };
const SUB: Pairwise = { number: (a, b) => a - b, big: (a, b) => a - b };
const MUL: Pairwise = { number: (a, b) => a * b, big: (a, b) => a * b };
const MUL_INTEGERS: Pairwise = { number: Math.imul, big: (a, b) => a * b };
const DIV: Pairwise = { number: (a, b) => a / b, big: bigQuotient };
const DIV_INTEGERS: Pairwise = { number: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)), big: bigQuotient };

const MIN: Pairwise = { number: Math.min, big: lesser };
const MAX: Pairwise = { number: Math.max, big: greater };

/** Remainders with the sign of the divisor, as Python's. */
const MOD: Pairwise = {
  number: (a, b) => {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  big: (a, b) => (b === 0n ? 0n : ((a % b) + b) % b),
};
const FMOD: Pairwise = { number: (a, b) => a % b, big: (a, b) => (b === 0n ? 0n : a % b) };

const AND: Pairwise = { number: (a, b) => a & b, big: (a, b) => a & b };
const OR: Pairwise = { number: (a, b) => a | b, big: (a, b) => a | b };
const XOR: Pairwise = { number: (a, b) => a ^ b, big: (a, b) => a ^ b };
const LEFT: Pairwise = { number: (a, b) => (b > 31 ? 0 : a << b), big: (a, b) => (b > 63n ? 0n : a << b) };
const RIGHT: Pairwise = {
  number: (a, b) => (b > 31 ? (a < 0 ? -1 : 0) : Math.floor(a / 2 ** b)),
  big: (a, b) => a >> lesser(b, 63n),
};

/** Until version 7, the second input was aligned by an attribute. */
function checkAligned(call: Call): void {
  if (call.int('broadcast', 0) !== 0) call.fail('broadcasting by attributes is not known here', 'ERR_UNSUPPORTED');
}

const binary =
  (floats: Pairwise, integers: Pairwise = floats): Operator =>
  (call) => {
    checkAligned(call);
    const type = call.type(0);
    return [pairwise(call, call.input(0), call.input(1), type, isInteger(type) ? integers : floats)];
  };

const modulo: Operator = (call) => {
  const type = call.type(0);
  return [pairwise(call, call.input(0), call.input(1), type, call.int('fmod', 0) === 1 ? FMOD : MOD)];
};

/** The exponent may be of another type; the result is of the base's. */
const power: Operator = (call) => {
  const [base, exponent] = [call.input(0), call.input(1)];
  const type = call.type(0);
  if (type === 'int64' && isInteger(exponent.type)) {
    const widened: TensorValue = { ...exponent, type, data: BigInt64Array.from(numbersOf(exponent), BigInt) };
    return [pairwise(call, base, widened, type, { number: Math.pow, big: bigPower })];
  }
  const computed: NumericType = type === 'int64' ? 'float64' : type;
  const wide = (value: TensorValue): TensorValue => ({
    type: 'float64',
    dims: value.dims,
    data: Float64Array.from(numbersOf(value)),
  });
  const result = pairwise(call, wide(base), wide(exponent), computed, { number: Math.pow, big: () => 0n });
  if (type !== 'int64') return [result];
  return [{ ...result, type, data: BigInt64Array.from(numbersOf(result), (one) => BigInt(Math.trunc(one))) }];
};

const shift: Operator = (call) => {
  const left = call.string('direction', '') === 'LEFT';
  return [pairwise(call, call.input(0), call.input(1), call.type(0), left ? LEFT : RIGHT)];
};

/** Any number of inputs, folded from the first on. */
const variadic =
  (f: Pairwise): Operator =>
  (call) => {
    const values = call.inputs.map((_, i) => call.input(i));
    if (values.length === 0) call.fail('it has no inputs');
    const type = call.type(0);
    return [values.reduce((sum, value) => pairwise(call, sum, value, type, f))];
  };

const mean: Operator = (call) => {
  const values = call.inputs.map((_, i) => call.input(i));
  const type = call.type(0);
  const dims = jointDims(call, ...values);
  const sum = values.reduce((total, value) => pairwise(call, total, value, type, ADD));
  const out = scratch(type, dims) as Float32Array;
  const totals = decode(sum) as Float32Array;
  for (let i = 0; i < out.length; i++) out[i] = totals[i]! / values.length;
  return [encode(type, dims, out)];
};

export const ARITHMETIC: Family = {
  Add: row(7, binary(ADD)),
  Sub: row(7, binary(SUB)),
  Mul: row(7, binary(MUL, MUL_INTEGERS)),
  Div: row(7, binary(DIV, DIV_INTEGERS)),
  Mod: row(10, modulo),
  Pow: row(7, power),
  BitShift: row(11, shift),
  BitwiseAnd: row(18, binary(AND)),
  BitwiseOr: row(18, binary(OR)),
  BitwiseXor: row(18, binary(XOR)),
  Min: row(6, variadic(MIN)),
  Max: row(6, variadic(MAX)),
  Sum: row(6, variadic(ADD)),
  Mean: row(6, mean),
};
