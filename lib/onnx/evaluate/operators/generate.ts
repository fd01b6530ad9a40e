// Operators that make values: Constant, ConstantOfShape, Range, OneHot, EyeLike.
import { type ElementArray, elementTypeOf, type NumericType, type TensorValue, tensorOf } from '../../model';
import type { Call } from '../call';
import { decode, encode, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { valueOfTensor } from '../tensor_value';

const float32 = (dims: readonly number[], values: readonly number[]): TensorValue => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});
const int64 = (dims: readonly number[], values: readonly bigint[]): TensorValue => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values),
});

const constant: Operator = (call) => {
  const [name, found] = [...call.node.attributes][0] ?? call.fail('it has no value', 'ERR_FILE');
  const decoder = new TextDecoder();
  switch (found.kind) {
    case 'tensor':
      return [valueOfTensor(found.value)];
    case 'float':
      return [float32([], [found.value])];
    case 'floats':
      return [float32([found.value.length], found.value)];
    case 'int':
      return [int64([], [found.value])];
    case 'ints':
      return [int64([found.value.length], found.value)];
    case 'string':
      return [{ type: 'string', dims: [], data: [decoder.decode(found.value)] }];
    case 'strings':
      return [{ type: 'string', dims: [found.value.length], data: found.value.map((one) => decoder.decode(one)) }];
    default:
      return call.fail(`its attribute '${name}' is not known`, 'ERR_UNSUPPORTED');
  }
};

function filled(type: NumericType, dims: readonly number[], value: number | bigint): TensorValue {
  const out = scratch(type, dims);
  if (value) (out as Float32Array).fill(value as number);
  return encode(type, dims, out);
}

const constantOfShape: Operator = (call) => {
  const dims = call.integers(0);
  const tensor = tensorOf(call.node, 'value');
  if (tensor === undefined) return [filled('float32', dims, 0)];
  const value = valueOfTensor(tensor);
  return [filled(value.type as NumericType, dims, decode(value)[0] ?? call.fail('its value is empty'))];
};

const MOST_STEPS = 2 ** 24;

const range: Operator = (call) => {
  const type = call.type(0);
  const [start, limit, delta] = [call.scalar(0, 0), call.scalar(1, 0), call.scalar(2, 1)];
  if (delta === 0) call.fail('its delta is 0', 'ERR_RANGE');
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= MOST_STEPS)) call.fail(`it has ${count} values, at most ${MOST_STEPS} are made here`);
  const out = scratch(type, [count]) as Float32Array;
  const big = type === 'int64' || type === 'uint64';
  for (let i = 0; i < count; i++) out[i] = big ? (BigInt(start + i * delta) as unknown as number) : start + i * delta;
  return [encode(type, [count], out)];
};

/** Indices outside of the depth get no 1. */
const oneHot: Operator = (call) => {
  const indices = call.numbers(0);
  const depth = call.scalar(1, 0);
  const values = decode(call.input(2));
  if (values.length !== 2) call.fail(`its values must be two, got ${values.length}`);
  const type = call.type(2);
  const rank = call.dims(0).length + 1;
  const axis = call.axis(call.int('axis', -1), rank);
  const dims = call.dims(0).toSpliced(axis, 0, Math.trunc(depth));
  const out = scratch(type, dims) as Float32Array;
  out.fill(values[0] as number);
  const inner = call
    .dims(0)
    .slice(axis)
    .reduce((product, dim) => product * dim, 1);
  indices.forEach((index: number, i: number) => {
    const at = index < 0 ? index + depth : index;
    if (at >= 0 && at < depth) out[(Math.floor(i / inner) * depth + at) * inner + (i % inner)] = values[1] as number;
  });
  return [encode(type, dims, out)];
};

function typeAttribute(call: Call, name: string, absent: NumericType): NumericType {
  const code = call.int(name, undefined);
  if (code === undefined) return absent;
  const type = elementTypeOf(code);
  return type === undefined || type === 'string'
    ? call.fail(`it has the unknown element type ${code}`, 'ERR_UNSUPPORTED')
    : type;
}

const eyeLike: Operator = (call) => {
  const dims = call.checkRank(0, 2);
  const type = typeAttribute(call, 'dtype', call.type(0));
  const out: ElementArray = scratch(type, dims);
  const one = (out instanceof BigInt64Array || out instanceof BigUint64Array ? 1n : 1) as number;
  const shift = call.int('k', 0);
  for (let i = Math.max(0, -shift); i < dims[0]! && i + shift < dims[1]!; i++)
    (out as Float32Array)[i * dims[1]! + i + shift] = one;
  return [encode(type, dims, out)];
};

export const GENERATORS: Family = {
  Constant: row(1, constant),
  ConstantOfShape: row(9, constantOfShape),
  EyeLike: row(9, eyeLike),
  OneHot: row(9, oneHot),
  Range: row(11, range),
};
