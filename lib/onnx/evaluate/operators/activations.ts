// Activations with parameters: Clip, LeakyRelu, PRelu, Elu, Selu, Celu, Gelu, HardSigmoid, HardSwish, Mish, Swish, ...
import type { Call } from '../call';
import { erf, greater, lesser } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { type BigFunction, each, pairwise } from './broadcast';

/** An activation from its attributes. */
const activation =
  (make: (call: Call) => (x: number) => number): Operator =>
  (call) => [each(call.input(0), make(call))];

export const gelu = (x: number): number => 0.5 * x * (1 + erf(x * Math.SQRT1_2));
export const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Bounds are attributes before version 11, and inputs from it on. */
const clip: Operator = (call) => {
  const type = call.type(0);
  if (type === 'int64' || type === 'uint64') return [clipBig(call)];
  const low = call.opset < 11 ? call.float('min', -3.4028234663852886e38) : call.scalar(1, Number.NEGATIVE_INFINITY);
  const high = call.opset < 11 ? call.float('max', 3.4028234663852886e38) : call.scalar(2, Number.POSITIVE_INFINITY);
  return [each(call.input(0), (x) => (Number.isNaN(x) ? x : Math.min(Math.max(x, low), high)))];
};

function clipBig(call: Call) {
  const bound = (x: ReturnType<Call['input']>, index: number, f: BigFunction) =>
    call.has(index) ? pairwise(call, x, call.input(index), call.type(0), { number: Math.min, big: f }) : x;
  const raised = bound(call.input(0), 1, greater);
  return bound(raised, 2, lesser);
}

const elu = (alpha: number) => (x: number) => (x < 0 ? alpha * Math.expm1(x) : x);

const hardSigmoid = (alpha: number, beta: number) => (x: number) => Math.max(0, Math.min(1, alpha * x + beta));

const prelu: Operator = (call) => [
  pairwise(call, call.input(0), call.input(1), call.type(0), {
    number: (x, slope) => (x < 0 ? x * slope : x),
    big: (x, slope) => (x < 0n ? x * slope : x),
  }),
];

const shrink = (call: Call) => {
  const [lambda, bias] = [call.float('lambd', 0.5), call.float('bias', 0)];
  return (x: number) => (x < -lambda ? x + bias : x > lambda ? x - bias : 0);
};

export const ACTIVATIONS: Family = {
  Celu: row(
    12,
    activation((call) => {
      const alpha = call.float('alpha', 1);
      return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
    }),
  ),
  Clip: row(6, clip),
  Elu: row(
    6,
    activation((call) => elu(call.float('alpha', 1))),
  ),
  Gelu: row(
    20,
    activation((call) => (call.string('approximate', 'none') === 'tanh' ? geluTanh : gelu)),
  ),
  HardSigmoid: row(
    6,
    activation((call) => hardSigmoid(call.float('alpha', 0.2), call.float('beta', 0.5))),
  ),
  HardSwish: row(
    14,
    activation(() => (x) => x * hardSigmoid(1 / 6, 0.5)(x)),
  ),
  LeakyRelu: row(
    6,
    activation((call) => {
      const alpha = call.float('alpha', 0.01);
      return (x) => (x < 0 ? alpha * x : x);
    }),
  ),
  Mish: row(
    18,
    activation(() => (x) => x * Math.tanh(Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0))),
  ),
  PRelu: row(7, prelu),
  Selu: row(
    6,
    activation((call) => {
      const gamma = call.float('gamma', 1.0507009873554805);
      const inner = elu(call.float('alpha', 1.6732632423543772));
      return (x) => gamma * inner(x);
    }),
  ),
  Shrink: row(9, activation(shrink)),
  Swish: row(
    24,
    activation((call) => {
      const alpha = call.float('alpha', 1);
      return (x) => x * sigmoid(alpha * x);
    }),
  ),
  ThresholdedRelu: row(
    10,
    activation((call) => {
      const alpha = call.float('alpha', 1);
      return (x) => (x > alpha ? x : 0);
    }),
  ),
};

/** Activations of com.microsoft. */
export const MICROSOFT_ACTIVATIONS: Family = {
  Gelu: row(
    1,
    activation(() => gelu),
  ),
  QuickGelu: row(
    1,
    activation((call) => {
      const alpha = call.float('alpha', 1.702);
      return (x) => x * sigmoid(alpha * x);
    }),
  ),
};
