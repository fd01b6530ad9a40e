// Micro-graphs about convolutions: each keeps or breaks one rule.

import type { MicroCase } from './micro_case';
import { type Params, QdqBuilder, type WeightOptions } from './qdq_builder';

interface ConvCase {
  readonly x?: Params;
  readonly y?: Params;
  readonly weight?: WeightOptions;
  readonly bias?: 'none' | 'float' | { perChannel?: boolean; error?: number; zero?: number };
  /** Between the Conv and its Q. */
  readonly activation?: (builder: QdqBuilder, y: string) => string;
  readonly opset?: number;
}

const relu = (builder: QdqBuilder, y: string) => builder.op('Relu', [y]);
const clip = (low: number, high: number) => (builder: QdqBuilder, y: string) =>
  builder.op('Clip', [y, builder.floats([], [low]), builder.floats([], [high])]);

function conv({ x = {}, y = x, weight = {}, bias = 'none', activation, opset = 17 }: ConvCase) {
  const builder = new QdqBuilder(opset);
  const input = builder.qdq(builder.input([1, 4, 8, 8]), x);
  const weights = builder.weight([8, 4, 3, 3], weight);
  const biases = bias === 'none' ? undefined : bias === 'float' ? builder.floats([8]) : builder.bias(8, bias);
  const output = builder.conv(input, weights, biases);
  return builder.model([builder.qdq(activation?.(builder, output) ?? output, y)]);
}

const S8: Params = { type: 'int8' };
const one = (name: string, parts: ConvCase, rule?: MicroCase['rule']): MicroCase => ({
  name,
  rule,
  build: () => conv(parts),
});

const PARAMETERS: readonly MicroCase[] = [
  one('Conv u8 s8', {}),
  one('Conv s8 s8', { x: S8 }),
  one('Conv u8 u8', { weight: { type: 'uint8', zero: 128 } }),
  one('Conv s8 u8', { x: S8, weight: { type: 'uint8', zero: 128 } }),
  one('Conv u8 to s8', { x: { type: 'uint8' }, y: S8 }),
  one('Conv per channel', { weight: { axis: 0 } }),
  one('Conv per channel, axis 1', { weight: { axis: 1 } }, 'Q011'),
  one('Conv, scales of shape [1]', { x: { asVector: true } }),
  one('Conv, no zero point', { x: { zero: null } }),
  one('Conv, no zero point of the weights', { weight: { zero: null } }),
  one('Conv, weights as float and Q', { weight: { float: true } }),
  one('Conv, weights as float and Q per channel', { weight: { float: true, axis: 0 } }),
  one('Conv int16 activations', { x: { type: 'int16' }, opset: 21 }, 'Q020'),
  one('Conv uint16 activations', { x: { type: 'uint16' }, opset: 21 }, 'Q020'),
  ...[11, 13, 19, 21, 22, 23].map((opset) => one(`Conv, opset ${opset}`, { opset })),
];

const BIASES: readonly MicroCase[] = [
  one('Conv, int32 bias', { bias: {} }),
  one('Conv, int32 bias per channel', { bias: { perChannel: true }, weight: { axis: 0 } }),
  one('Conv, float bias', { bias: 'float' }),
  one('Conv, float bias per channel', { bias: 'float', weight: { axis: 0 } }),
  one('Conv, float bias before a Relu', { bias: 'float', activation: relu, y: { zero: 0 } }),
  one('Conv, bias scale 1 % off', { bias: { error: 1.01 } }, 'Q014'),
  one('Conv, bias scale 3 % off', { bias: { error: 1.03 } }, 'Q014'),
  one('Conv, bias scale 6 % off', { bias: { error: 1.06 } }, 'Q014'),
  one('Conv, bias scale 10 % off', { bias: { error: 1.1 } }, 'Q014'),
  one('Conv, bias scale halved', { bias: { error: 0.5 } }, 'Q014'),
  one('Conv, bias zero point', { bias: { zero: 3 } }, 'Q014'),
];

const ACTIVATIONS: readonly MicroCase[] = [
  one('Conv, Relu, u8 zero 0', { activation: relu, y: { zero: 0 } }),
  one('Conv, Relu, u8 zero 100', { activation: relu, y: { zero: 100 } }, 'Q015'),
  one('Conv, Relu, s8 zero -128', { x: S8, activation: relu, y: { type: 'int8', zero: -128 } }),
  one('Conv, Relu, s8 zero 0', { x: S8, activation: relu, y: { type: 'int8', zero: 0 } }, 'Q015'),
  one('Conv, Clip as wide as Q', { activation: clip(0, 6), y: { zero: 0, scale: 6 / 255 } }),
  one('Conv, Clip wider than Q', { activation: clip(-1, 8), y: { zero: 0, scale: 6 / 255 } }),
  one('Conv, Clip narrower than Q', { activation: clip(0, 6), y: { zero: 0, scale: 0.1 } }, 'Q015'),
  one('Conv, Clip low only', {
    activation: (builder, y) => builder.op('Clip', [y, builder.floats([], [0])]),
    y: { zero: 0 },
  }),
  one('Conv, Relu between two pairs', { activation: (builder, y) => builder.op('Relu', [builder.qdq(y)]) }, 'Q020'),
  one('Conv, HardSwish', { activation: (builder, y) => builder.op('HardSwish', [y]) }, 'Q013'),
  one('Conv, LeakyRelu between pairs', { activation: (builder, y) => builder.op('LeakyRelu', [builder.qdq(y)]) }),
];

function placed(
  name: string,
  build: (builder: QdqBuilder, x: string, w: string) => readonly string[],
  rule?: MicroCase['rule'],
  x: Params = {},
): MicroCase {
  return {
    name,
    rule,
    build: () => {
      const builder = new QdqBuilder();
      const input = builder.qdq(builder.input([1, 4, 8, 8]), x);
      return builder.model(build(builder, input, builder.weight([4, 4, 3, 3])));
    },
  };
}

function residual(params: Params, ownPairs: boolean): MicroCase['build'] {
  return () => {
    const builder = new QdqBuilder();
    const first = builder.conv(builder.qdq(builder.input([1, 4, 8, 8]), params), builder.weight([4, 4, 3, 3]));
    const shared = ownPairs ? undefined : builder.qdq(first, params);
    const second = builder.conv(shared ?? builder.qdq(first, params), builder.weight([4, 4, 3, 3]));
    const skip = shared ?? builder.qdq(first, params);
    const sum = builder.op('Add', [builder.qdq(second, params), skip]);
    return builder.model([builder.qdq(sum, params)]);
  };
}

const PLACEMENT: readonly MicroCase[] = [
  placed('Conv, no Q behind', (builder, x, w) => [builder.conv(x, w)], 'Q013'),
  placed(
    'Conv, output of the model and Q',
    (builder, x, w) => {
      const y = builder.conv(x, w);
      return [y, builder.qdq(y)];
    },
    'Q013',
  ),
  placed(
    'Conv, two equal Qs behind',
    (builder, x, w) => {
      const y = builder.conv(x, w);
      return [builder.qdq(y), builder.op('Sin', [builder.qdq(y)])];
    },
    'Q013',
  ),
  placed(
    'Conv, two different Qs behind',
    (builder, x, w) => {
      const y = builder.conv(x, w);
      return [builder.qdq(y), builder.qdq(y, { scale: 0.03 })];
    },
    'Q013',
  ),
  placed('Conv, float input', (builder, _, w) => [builder.qdq(builder.conv(builder.input([1, 4, 8, 8]), w))], 'Q012'),
  placed('Conv, float weights', (builder, x) => [builder.qdq(builder.conv(x, builder.floats([4, 4, 3, 3])))]),
  placed('Conv, float weights and bias', (builder, x) => [
    builder.qdq(builder.conv(x, builder.floats([4, 4, 3, 3]), builder.floats([4]))),
  ]),
  placed('Conv depthwise', (builder, x) => {
    const y = builder.op('Conv', [x, builder.weight([4, 1, 3, 3])], { group: 4 });
    return [builder.qdq(y)];
  }),
  placed('ConvTranspose', (builder, x, w) => [builder.qdq(builder.op('ConvTranspose', [x, w]))], 'Q020'),
  placed('Conv, Identity behind', (builder, x, w) => [builder.qdq(builder.op('Identity', [builder.conv(x, w)]))]),
  placed('Conv, chain of two', (builder, x, w) => [builder.qdq(builder.conv(builder.qdq(builder.conv(x, w)), w))]),
  placed(
    'Conv, chain of two s8',
    (builder, x, w) => [builder.qdq(builder.conv(builder.qdq(builder.conv(x, w), S8), w), S8)],
    undefined,
    S8,
  ),
  { name: 'Residual u8, shared DQ', build: residual({}, false) },
  { name: 'Residual u8, own pairs', rule: 'Q013', build: residual({}, true) },
  { name: 'Residual s8, shared DQ', rule: 'Q017', build: residual(S8, false) },
  { name: 'Residual s8, own pairs', rule: 'Q013', build: residual(S8, true) },
];

export const CONV_CASES: readonly MicroCase[] = [...PARAMETERS, ...BIASES, ...ACTIVATIONS, ...PLACEMENT];
