// Values for tests of operators: made from numbers, read from files, and compared.
import { fromBinary } from '@bufbuild/protobuf';
import { expect } from 'vitest';
import { evaluateNode } from '../../../lib/onnx/evaluate';
import { encode, numbersOf, scratch } from '../../../lib/onnx/evaluate/numbers';
import { valueOfTensor } from '../../../lib/onnx/evaluate/tensor_value';
import { type Attribute, Node, type NumericType, type TensorValue } from '../../../lib/onnx/model';
import { ExternalData } from '../../../lib/onnx/read/external_data';
import { readTensor } from '../../../lib/onnx/read/tensor';
import { TensorProtoSchema } from '../../../lib/onnx/schema/onnx_pb';

/** The tensor of a TensorProto message. */
export function readValue(bytes: Uint8Array): TensorValue {
  return valueOfTensor(readTensor(fromBinary(TensorProtoSchema, Uint8Array.from(bytes)), new ExternalData(undefined)));
}

export function tensor(dims: readonly number[], values: readonly number[], type: NumericType = 'float32'): TensorValue {
  const array = scratch(type, dims);
  if (array.length !== values.length) throw new Error(`${array.length} values for [${dims.join(', ')}]`);
  for (let i = 0; i < array.length; i++)
    (array as Float32Array)[i] = (
      array instanceof BigInt64Array || array instanceof BigUint64Array ? BigInt(values[i]!) : values[i]!
    ) as number;
  return encode(type, dims, array);
}

export const ints = (...values: number[]): TensorValue => tensor([values.length], values, 'int64');

interface Run {
  readonly opset?: number;
  readonly domain?: string;
  readonly outputs?: number;
  readonly attributes?: Record<string, Attribute>;
}

/** The outputs of one node. */
export function run(opType: string, inputs: readonly (TensorValue | undefined)[], options: Run = {}): TensorValue[] {
  const { opset = 21, domain = '', outputs = 1, attributes = {} } = options;
  const node = new Node({
    opType,
    domain,
    name: 'n',
    inputs: inputs.map((input, i) => (input === undefined ? '' : `x${i}`)),
    outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
    attributes,
  });
  return evaluateNode(node, inputs, opset);
}

/** Throws unless types, dims and bits are equal. NaNs of different bits are equal. */
export function expectExactly(actual: TensorValue | undefined, expected: TensorValue): void {
  expect([actual?.type, actual?.dims]).toEqual([expected.type, expected.dims]);
  expect(actual?.data).toEqual(expected.data);
}

/** Integers at most `steps` apart. */
export function expectWithin(actual: TensorValue | undefined, expected: TensorValue, steps: number): void {
  expect([actual?.type, actual?.dims]).toEqual([expected.type, expected.dims]);
  const [x, y] = [numbersOf(actual!), numbersOf(expected)];
  expect(Math.max(...Array.from(y, (value, i) => Math.abs(value - x[i]!)))).toBeLessThanOrEqual(steps);
}

/** Floats within `relative` of each other, and other values equal. */
export function expectClose(actual: TensorValue | undefined, expected: TensorValue, relative = 1e-5): void {
  if (!expected.type.includes('float')) {
    expectExactly(actual, expected);
    return;
  }
  expect([actual?.type, actual?.dims]).toEqual([expected.type, expected.dims]);
  const [x, y] = [numbersOf(actual!), numbersOf(expected)];
  expect(x.length).toBe(y.length);
  const off = Array.from(y).findIndex(
    (value, i) => !(Object.is(value, x[i]) || Math.abs(value - x[i]!) <= relative * Math.max(Math.abs(value), 0.1)),
  );
  if (off >= 0) expect(`value ${off}: ${x[off]}`).toBe(`value ${off}: ${y[off]}`);
}
