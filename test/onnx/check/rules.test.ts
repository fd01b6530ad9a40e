import { describe, expect, it } from 'vitest';
import { attribute, type Model, ModelTensor, type Target } from '../../../lib/onnx';
import { checkModel, RULES, type RuleId } from '../../../lib/onnx/check';
import { integers, type Params, QdqBuilder, type WeightOptions } from './qdq_builder';

interface RuleCase {
  readonly rule: RuleId;
  readonly target?: Target;
  /** What the violating model has that the conforming one has not. */
  readonly broken: (builder: QdqBuilder) => Model;
  readonly kept: (builder: QdqBuilder) => Model;
}

const simple = (params: Params) => (b: QdqBuilder) => b.model([b.qdq(b.op('Sin', [b.input([4])]), params)]);

/** A Q and a DQ with parameters of their own. */
const pair = (q: Params, dq: Params) => (b: QdqBuilder) => b.model([b.dq(b.q(b.input([4]), q), dq)]);

const conv =
  (weight: WeightOptions, x: Params = {}, bias?: (b: QdqBuilder) => string) =>
  (b: QdqBuilder) =>
    b.model([b.qdq(b.conv(b.qdq(b.input([1, 4, 8, 8]), x), b.weight([8, 4, 3, 3], weight), bias?.(b)), x)]);

const gemm = (error: number) => (b: QdqBuilder) =>
  b.model([b.qdq(b.op('Gemm', [b.qdq(b.input([4, 32])), b.weight([32, 16]), b.bias(16, { error })]))]);

const SYMMETRIC: Params = { type: 'int8', zero: 0 };

/** scale [1] with zero point []. */
const oddShapes = (b: QdqBuilder) => {
  const scale = b.floats([1], [0.02]);
  const zero = b.constant(integers('uint8', [], [0]));
  return b.model([b.op('DequantizeLinear', [b.op('QuantizeLinear', [b.input([4]), scale, zero]), scale, zero])]);
};

const twoWeights = (same: boolean) => (b: QdqBuilder) => {
  const values = Array.from({ length: 1024 }, (_, i) => Math.sin(i));
  const other = same ? values : values.map((value) => value + 1);
  const first = b.op('MatMul', [b.input([4, 32]), b.floats([32, 32], values)]);
  return b.model([b.op('MatMul', [first, b.floats([32, 32], other)])]);
};

const large = (value: number) => (b: QdqBuilder) => {
  const weights = b.constant(integers('int8', [32, 16], new Array<number>(512).fill(value)));
  const w = b.dq(weights, { type: 'int8', scale: 0.01 });
  return b.model([b.qdq(b.op('MatMul', [b.qdq(b.input([4, 32])), w]))]);
};

const bigBias = (value: number) => (b: QdqBuilder) => {
  const bias = b.dq(b.constant(integers('int32', [8], new Array<number>(8).fill(value))), {
    type: 'int32',
    scale: 2e-4,
    zero: 0,
  });
  return b.model([b.qdq(b.conv(b.qdq(b.input([1, 4, 8, 8])), b.weight([8, 4, 3, 3]), bias))]);
};

const concat =
  (scale: number, y = scale) =>
  (b: QdqBuilder) => {
    const parts = [b.qdq(b.input([1, 4]), SYMMETRIC), b.qdq(b.input([1, 4]), { ...SYMMETRIC, scale })];
    return b.model([b.qdq(b.op('Concat', parts, { axis: 1 }), { ...SYMMETRIC, scale: y })]);
  };

const nBits = (zeros: number | undefined, attributes: Record<string, number>) => (b: QdqBuilder) => {
  const weights = b.constant(ModelTensor.of('uint8', [8, 1, 16], new Uint8Array(128)));
  const inputs = [b.input([4, 32]), weights, b.floats([8])];
  if (zeros !== undefined) inputs.push(b.floats([8], new Array<number>(8).fill(zeros)));
  const shape = { K: 32, N: 8, bits: 4, block_size: 32 };
  return b.model([b.op('MatMulNBits', inputs, { ...shape, ...attributes, domain: 'com.microsoft' })]);
};

const convInteger = (b: QdqBuilder) => {
  const q = b.op('DynamicQuantizeLinear', [b.input([1, 4, 8, 8])], {}, 3);
  const weights = b.constant(integers('uint8', [4, 4, 3, 3], new Array<number>(144).fill(130)));
  const y = b.op('ConvInteger', [q, weights, `${q}:2`]);
  return b.model([b.op('Cast', [y], { to: 1 })]);
};

const floatConv = (b: QdqBuilder) => b.model([b.conv(b.input([1, 4, 8, 8]), b.floats([4, 4, 3, 3]))]);

const behindConv = (withPair: boolean) => (b: QdqBuilder) => {
  const y = b.conv(b.qdq(b.input([1, 4, 8, 8]), SYMMETRIC), b.weight([4, 4, 3, 3]));
  return b.model([b.op('Relu', [withPair ? b.qdq(y, SYMMETRIC) : y])]);
};

const copy = (withPair: boolean) => (b: QdqBuilder) => {
  const x = b.input([1, 4, 8, 8]);
  const y = b.op('Transpose', [withPair ? b.qdq(x, SYMMETRIC) : x], { perm: attribute.ints([0, 2, 3, 1]) });
  return b.model([b.qdq(y, SYMMETRIC)]);
};

const unranked = (b: QdqBuilder) => {
  b.graph.inputs.push({ name: 'x', type: { kind: 'tensor', elementType: 'float32', dims: undefined } });
  return b.model([b.qdq('x')]);
};

const dangling = (b: QdqBuilder) => b.model([b.op('Sin', ['nowhere'])]);
const softmax = (params: Params) => (b: QdqBuilder) =>
  b.model([b.qdq(b.op('Softmax', [b.qdq(b.input([2, 8]))]), params)]);

const CASES: readonly RuleCase[] = [
  { rule: 'Q001', broken: simple({ scale: 0 }), kept: simple({}) },
  { rule: 'Q001', broken: simple({ scale: Number.POSITIVE_INFINITY }), kept: simple({ scale: 2 ** -126 }) },
  { rule: 'Q001', broken: simple({ scale: 1e-40 }), kept: simple({ scale: 1 }) },
  { rule: 'Q002', broken: oddShapes, kept: simple({}) },
  { rule: 'Q003', broken: pair({ zero: 3 }, { zero: 4 }), kept: pair({ zero: 3 }, { zero: 3 }) },
  { rule: 'Q003', broken: pair({ scale: 0.5 }, { scale: 0.25 }), kept: pair({ scale: 0.5 }, { scale: 0.5 }) },
  { rule: 'Q005', target: 'openvino', broken: unranked, kept: simple({}) },
  { rule: 'Q006', target: 'tensorrt', broken: simple({ type: 'uint8', zero: 0 }), kept: simple(SYMMETRIC) },
  { rule: 'Q006', target: 'tensorrt', broken: simple({ type: 'int8', zero: 1 }), kept: simple(SYMMETRIC) },
  { rule: 'Q007', target: 'tensorrt', broken: convInteger, kept: floatConv },
  {
    rule: 'Q008',
    target: 'tensorrt',
    broken: conv({}, SYMMETRIC, (b) => b.bias(8)),
    kept: conv({}, SYMMETRIC, (b) => b.floats([8])),
  },
  { rule: 'Q014', broken: gemm(1.5), kept: gemm(1) },
  { rule: 'Q021', broken: convInteger, kept: floatConv },
  { rule: 'Q023', broken: nBits(undefined, {}), kept: nBits(undefined, { accuracy_level: 0 }) },
  { rule: 'Q024', target: 'tensorrt', broken: behindConv(true), kept: behindConv(false) },
  { rule: 'Q025', target: 'tensorrt', broken: copy(true), kept: copy(false) },
  { rule: 'Q025', target: 'tensorrt', broken: concat(0.02, 0.03), kept: concat(0.02) },
  { rule: 'Q026', broken: conv({ float: true }), kept: conv({}) },
  { rule: 'Q027', broken: twoWeights(true), kept: twoWeights(false) },
  { rule: 'Q028', broken: large(65), kept: large(64) },
  { rule: 'Q029', broken: bigBias(2 ** 31 - 1), kept: bigBias(1000) },
  { rule: 'Q030', broken: concat(2), kept: concat(1) },
  { rule: 'Q031', broken: nBits(7.5, {}), kept: nBits(8, {}) },
  { rule: 'Q032', broken: softmax({}), kept: softmax({ scale: 1 / 256, zero: 0 }) },
  {
    rule: 'Q033',
    broken: (b) => b.model([b.qdq(b.qdq(b.input([4])))]),
    kept: (b) => b.model([b.qdq(b.qdq(b.input([4])), { scale: 1 })]),
  },
  { rule: 'Q035', broken: dangling, kept: floatConv },
];

const found = (model: Model, target: Target): RuleId[] => checkModel(model, target).findings.map(({ rule }) => rule);

describe('rules, each with a model that breaks it and one that keeps it', () => {
  it.each(CASES)('$rule', ({ rule, target = 'ort-x64', broken, kept }) => {
    expect(found(broken(new QdqBuilder()), target)).toContain(rule);
    expect(found(kept(new QdqBuilder()), target)).not.toContain(rule);
  });

  it('Q004: what a model uses is as old as its opset', () => {
    const model = simple({ type: 'int16' });
    expect(found(model(new QdqBuilder(19)), 'ort-x64')).toContain('Q004');
    expect(found(model(new QdqBuilder(21)), 'ort-x64')).not.toContain('Q004');
  });

  it('Q009: per channel on weights only', () => {
    const perChannel = (name: (b: QdqBuilder) => string) => (b: QdqBuilder) => {
      const scales = b.floats([4], [1, 2, 3, 4]);
      const zeros = b.constant(integers('int8', [4], [0, 0, 0, 0]));
      return b.model([b.op('DequantizeLinear', [b.op('QuantizeLinear', [name(b), scales, zeros]), scales, zeros])]);
    };
    expect(found(perChannel((b) => b.input([2, 4]))(new QdqBuilder()), 'tensorrt')).toContain('Q009');
    expect(found(perChannel((b) => b.floats([2, 4]))(new QdqBuilder()), 'tensorrt')).not.toContain('Q009');
  });

  it('gives every finding its place and a remedy', () => {
    for (const { broken, target = 'ort-x64' } of CASES)
      for (const finding of checkModel(broken(new QdqBuilder()), target).findings) {
        expect(finding.remedy.length).toBeGreaterThan(10);
        expect(finding.node ?? finding.tensor).toBeTruthy();
      }
  });

  it('speaks of a target only where a rule holds there', () => {
    expect(found(conv({}, SYMMETRIC, (b) => b.bias(8))(new QdqBuilder()), 'ort-x64')).not.toContain('Q008');
    expect(RULES.map(({ id }) => id)).toEqual(
      Array.from({ length: 37 }, (_, i) => `Q${String(i + 1).padStart(3, '0')}`),
    );
  });

  it.each(['ort-x64', 'ort-arm64', 'tensorrt', 'openvino'] as const)('ends for cycles under %s', (target) => {
    const around = (opType: string) => (b: QdqBuilder) => {
      const y = b.op(opType, [b.qdq(b.input([1, 4, 8, 8]))], opType === 'MaxPool' ? { kernel_shape: [1, 1] } : {});
      const q = b.graph.nodes.find((node) => node.opType === 'QuantizeLinear');
      if (q !== undefined) q.inputs[0] = y;
      return b.model([b.qdq(b.op('Sin', [y]))]);
    };
    for (const opType of ['MaxPool', 'Reshape', 'Relu', 'Identity'])
      expect(checkModel(around(opType)(new QdqBuilder()), target).nodes).toHaveLength(6);
  });

  it('is plain data', () => {
    const result = checkModel(conv({})(new QdqBuilder()), 'ort-x64');
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});
