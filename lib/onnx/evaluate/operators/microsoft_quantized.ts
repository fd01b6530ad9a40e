// com.microsoft's elementwise operators on 8-bit values: what QOperator models have between their products.
import type { NumericType, TensorValue } from '../../model';
import { Call } from '../call';
import { decode, encode, float32, numbersOf, roundHalfToEven, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { sigmoid } from './activations';
import { pairwise } from './broadcast';
import { concatenated } from './move';
import { averagePooled, globalPooled, MEAN } from './pool';
import { rangeOfType } from './quantize_linear';
import { linesOf, softmaxOf } from './softmax';

/** The inputs that hold a tensor's scale and zero point. */
interface Params {
  readonly scale: number;
  readonly zeroPoint: number;
}

function paramsAt(call: Call, scale: number): Params {
  return { scale: call.scalar(scale, 1), zeroPoint: call.scalar(scale + 1, 0) };
}

/** real = scale · (q - zeroPoint). */
function realOf(value: TensorValue, { scale, zeroPoint }: Params): TensorValue {
  const q = numbersOf(value);
  const real = new Float32Array(q.length);
  for (let i = 0; i < real.length; i++) real[i] = (q[i]! - zeroPoint) * scale;
  return float32(value.dims, real);
}

function quantizedAs(call: Call, type: NumericType, real: TensorValue, { scale, zeroPoint }: Params): TensorValue {
  const [low, high] = rangeOfType(call, type);
  const x = real.data as Float32Array;
  const out = scratch(type, real.dims) as Int8Array;
  for (let i = 0; i < out.length; i++)
    out[i] = Math.min(Math.max(roundHalfToEven(Math.fround(x[i]! / scale)) + zeroPoint, low), high);
  return encode(type, real.dims, out);
}

const ADD = { number: (a: number, b: number) => a + b, big: (a: bigint, b: bigint) => a + b };
const MUL = { number: (a: number, b: number) => a * b, big: (a: bigint, b: bigint) => a * b };

/** a, its scale and zero point, the same of b and of the output. */
const binary =
  (f: typeof ADD): Operator =>
  (call) => {
    const a = realOf(call.input(0), paramsAt(call, 1));
    const b = realOf(call.input(3), paramsAt(call, 4));
    return [quantizedAs(call, call.type(0), pairwise(call, a, b, 'float32', f), paramsAt(call, 6))];
  };

/** x, its scale and zero point, scale and zero point of the output. */
const unary =
  (make: (call: Call) => (x: number) => number): Operator =>
  (call) => {
    const f = make(call);
    const x = realOf(call.input(0), paramsAt(call, 1));
    const y = float32(x.dims, (x.data as Float32Array).map(f));
    return [quantizedAs(call, call.type(0), y, paramsAt(call, 3))];
  };

const leakyRelu = (call: Call) => {
  const alpha = call.float('alpha', 0.01);
  return (x: number) => (x < 0 ? alpha * x : x);
};

/** The attribute `opset` says which Softmax is meant. */
const softmax: Operator = (call) => {
  const meant = new Call(call.node, call.inputs, call.int('opset', call.opset));
  const x = realOf(call.input(0), paramsAt(call, 1));
  const y = softmaxOf(x, x.data as Float32Array, linesOf(meant, x.dims));
  return [quantizedAs(call, call.type(0), float32(x.dims, Float32Array.from(y)), paramsAt(call, 3))];
};

function checkLayout(call: Call): void {
  if (call.int('channels_last', 0) === 1) call.fail('its channels come last', 'ERR_UNSUPPORTED');
}

const averagePool: Operator = (call) => {
  checkLayout(call);
  const x = realOf(call.input(0), paramsAt(call, 1));
  const { means, dims } = averagePooled(call, x.data as Float32Array);
  return [quantizedAs(call, call.type(0), float32(dims, Float32Array.from(means)), paramsAt(call, 3))];
};

const globalAveragePool: Operator = (call) => {
  checkLayout(call);
  const x = realOf(call.input(0), paramsAt(call, 1));
  const { values, dims } = globalPooled(call, x.data as Float32Array, MEAN);
  return [quantizedAs(call, call.type(0), float32(dims, Float32Array.from(values)), paramsAt(call, 3))];
};

/** Scale and zero point of the output, then each input with its own. */
const concat: Operator = (call) => {
  const to = paramsAt(call, 0);
  const type = call.type(1);
  const parts: TensorValue[] = [];
  for (let i = 2; i < call.inputs.length; i += 3) parts.push(realOf(call.input(i), paramsAt(call, i + 1)));
  const first = parts[0] ?? call.fail('it has no inputs', 'ERR_FILE');
  const whole = new Call(call.node, parts, call.opset);
  const axis = call.axis(call.int('axis', 0), first.dims.length);
  return [quantizedAs(call, type, concatenated(whole, parts, axis), to)];
};

/** condition; x, scale, zero point; y, scale, zero point; those of the output. */
const where: Operator = (call) => {
  const [x, y] = [realOf(call.input(1), paramsAt(call, 2)), realOf(call.input(4), paramsAt(call, 5))];
  const condition = decode(call.input(0));
  const truth = float32(
    call.dims(0),
    Float32Array.from(condition as Uint8Array, (one) => (one ? 1 : Number.NaN)),
  );
  const chosen = pairwise(call, truth, x, 'float32', {
    number: (c, value) => (Number.isNaN(c) ? c : value),
    big: (_, b) => b,
  });
  const result = pairwise(call, chosen, y, 'float32', { number: (a, b) => (Number.isNaN(a) ? b : a), big: (a) => a });
  return [quantizedAs(call, call.type(1), result, paramsAt(call, 7))];
};

export const MICROSOFT_QUANTIZED: Family = {
  QLinearAdd: row(1, binary(ADD)),
  QLinearAveragePool: row(1, averagePool),
  QLinearConcat: row(1, concat),
  QLinearGlobalAveragePool: row(1, globalAveragePool),
  QLinearLeakyRelu: row(1, unary(leakyRelu)),
  QLinearMul: row(1, binary(MUL)),
  QLinearSigmoid: row(
    1,
    unary(() => sigmoid),
  ),
  QLinearSoftmax: row(1, softmax),
  QLinearWhere: row(1, where),
};
