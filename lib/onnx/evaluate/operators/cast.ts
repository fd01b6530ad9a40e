// Cast, CastLike, Identity, Dropout.
import { elementTypeOf, type NumericType, type TensorValue } from '../../model';
import type { Call } from '../call';
import { bitsOfNumber, bool, decode, encode, isSmallFloat, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';

const isBig = (type: string): boolean => type === 'int64' || type === 'uint64';
const isFloat = (type: string): boolean => type === 'float32' || type === 'float64' || isSmallFloat(type);

/** Reals become integers by truncation; what a type cannot hold wraps, and NaN and infinities become 0 as int64. */
function castValue(value: TensorValue, to: NumericType, saturate: boolean): TensorValue {
  const x = decode(value) as Float32Array;
  if (to === 'bool')
    return bool(
      value.dims,
      Uint8Array.from(x, (one) => (Number(one) === 0 ? 0 : 1)),
    );
  if (isSmallFloat(to) && to.startsWith('float8') && saturate) return saturated(value, to);
  const out = scratch(to, value.dims) as Float32Array;
  const convert = converter(value.type, to);
  for (let i = 0; i < out.length; i++) out[i] = convert(x[i]!);
  return encode(to, value.dims, out);
}

type Convert = (x: number) => number;

function converter(from: string, to: NumericType): Convert {
  if (isBig(to))
    return isBig(from) ? (x) => x : (x) => BigInt(Number.isFinite(x) ? Math.trunc(x) : 0) as unknown as number;
  if (!isBig(from)) return isFloat(from) && !isFloat(to) ? Math.trunc : (x) => x;
  return isFloat(to) ? Number : (x) => Number(BigInt.asIntN(32, x as unknown as bigint));
}

function saturated(value: TensorValue, to: Parameters<typeof bitsOfNumber>[0]): TensorValue {
  const codes = Uint8Array.from(decode(value) as Float32Array, (one) => bitsOfNumber(to, Number(one), true));
  return { type: to, dims: value.dims, data: codes };
}

const toStrings = (value: TensorValue): TensorValue => ({
  type: 'string',
  dims: value.dims,
  data: Array.from(decode(value) as Float32Array, String),
});

function cast(call: Call, to: string): readonly TensorValue[] {
  const value = call.input(0);
  if (to === value.type) return [value];
  if (value.type.startsWith('complex') || value.type === 'float8e8m0')
    return call.fail(`it casts from ${value.type}`, 'ERR_UNSUPPORTED');
  if (to === 'string') return [toStrings(value)];
  if (value.type === 'string') {
    const parsed = Float64Array.from(value.data as readonly string[], Number);
    return [castValue({ type: 'float64', dims: value.dims, data: parsed }, to as NumericType, true)];
  }
  return [castValue(value, to as NumericType, call.int('saturate', 1) === 1)];
}

const castTo: Operator = (call) => {
  const code = call.int('to', 0);
  const type = elementTypeOf(code) ?? call.fail(`it casts to the unknown element type ${code}`, 'ERR_UNSUPPORTED');
  if (type.startsWith('complex') || type === 'float8e8m0') call.fail(`it casts to ${type}`, 'ERR_UNSUPPORTED');
  return cast(call, type);
};

/** As in inference: nothing is dropped. */
const dropout: Operator = (call) => {
  if (call.scalar(2, 0) !== 0) call.fail('it is set to train', 'ERR_UNSUPPORTED');
  const value = call.input(0);
  return [value, bool(value.dims, new Uint8Array(value.dims.reduce((a, b) => a * b, 1)).fill(1))];
};

export const CASTS: Family = {
  Cast: row(6, castTo),
  CastLike: row(15, (call) => cast(call, call.input(1).type)),
  Identity: row(1, (call) => [call.input(0)]),
  Dropout: row(6, dropout),
};
