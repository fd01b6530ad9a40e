// Functions of one value without parameters.
import { decode, encode, erf, roundHalfToEven, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { each } from './broadcast';

/** x of any type; int64 and uint64 by a function of their own where they have one. */
const unary =
  (f: (x: number) => number, big?: (x: bigint) => bigint): Operator =>
  (call) => {
    const type = call.type(0);
    if (type !== 'int64' && type !== 'uint64') return [each(call.input(0), f)];
    if (big === undefined) return call.fail(`it takes no ${type}`, 'ERR_DTYPE');
    const x = decode(call.input(0)) as BigInt64Array;
    const out = scratch(type, call.dims(0)) as BigInt64Array;
    for (let i = 0; i < out.length; i++) out[i] = big(x[i]!);
    return [encode(type, call.dims(0), out)];
  };

export const UNARY: Family = {
  Abs: row(
    6,
    unary(Math.abs, (x) => (x < 0n ? -x : x)),
  ),
  Acos: row(7, unary(Math.acos)),
  Acosh: row(9, unary(Math.acosh)),
  Asin: row(7, unary(Math.asin)),
  Asinh: row(9, unary(Math.asinh)),
  Atan: row(7, unary(Math.atan)),
  Atanh: row(9, unary(Math.atanh)),
  Ceil: row(6, unary(Math.ceil)),
  Cos: row(7, unary(Math.cos)),
  Cosh: row(9, unary(Math.cosh)),
  Erf: row(9, unary(erf)),
  Exp: row(6, unary(Math.exp)),
  Floor: row(6, unary(Math.floor)),
  Log: row(6, unary(Math.log)),
  Neg: row(
    6,
    unary(
      (x) => -x,
      (x) => -x,
    ),
  ),
  Reciprocal: row(
    6,
    unary((x) => 1 / x),
  ),
  Relu: row(
    6,
    unary(
      (x) => Math.max(x, 0),
      (x) => (x < 0n ? 0n : x),
    ),
  ),
  Round: row(11, unary(roundHalfToEven)),
  Sigmoid: row(
    6,
    unary((x) => 1 / (1 + Math.exp(-x))),
  ),
  Sign: row(
    9,
    unary(Math.sign, (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n)),
  ),
  Sin: row(7, unary(Math.sin)),
  Sinh: row(9, unary(Math.sinh)),
  Softplus: row(
    1,
    unary((x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)),
  ),
  Softsign: row(
    1,
    unary((x) => x / (1 + Math.abs(x))),
  ),
  Sqrt: row(6, unary(Math.sqrt)),
  Tan: row(7, unary(Math.tan)),
  Tanh: row(6, unary(Math.tanh)),
};
