import { describe, expect, it } from 'vitest';
import { bertEncoder, residualNet, smallCnn } from '../../../bench/onnx/models';
import { type AdviceTrial, advise, type Model } from '../../../lib/onnx';
import { chooseMode } from '../../../lib/onnx/advise/choose';
import { structureOf } from '../../../lib/onnx/advise/gather_evidence';
import { floats, microModel, node, random, value, wavesFor } from '../micro_graph';

const encoder = () => bertEncoder({ layers: 1, width: 128, heads: 2, hidden: 256, vocabulary: 100, sequence: 32 });

/** x * sigmoid(x) times another branch, into a MatMul. */
function gated(): Model {
  const names = ['a', 'b', 'c'] as const;
  return microModel({
    nodes: [
      node('MatMul x,a -> p'),
      node('MatMul x,b -> q'),
      node('Sigmoid p -> s'),
      node('Mul p,s -> t'),
      node('Mul t,q -> u'),
      node('MatMul u,c -> y'),
    ],
    inputs: [value('x', [512, 64])],
    constants: Object.fromEntries(names.map((name, i) => [name, random([64, 64], i + 1)])),
  });
}

const trial = (parts: Partial<AdviceTrial> & Pick<AdviceTrial, 'mode'>): AdviceTrial => ({
  sizeRatio: 3.5,
  int8: 3,
  weighted: 3,
  ...parts,
});

function choose(model: Model, trials: readonly AdviceTrial[], { tolerance = 10, hasSamples = true } = {}) {
  const structure = structureOf(model, 'ort-x64');
  return chooseMode({ structure, trials, tolerance, hasSamples, isOrt: true }).mode;
}

describe('advice from measurements', () => {
  const cnn = smallCnn();
  const cases: readonly [string, readonly AdviceTrial[], string][] = [
    ['the fastest', [trial({ mode: 'static', speedRatio: 2 }), trial({ mode: 'dynamic', speedRatio: 1.2 })], 'static'],
    [
      'dynamic where it is nearly as fast',
      [trial({ mode: 'static', speedRatio: 2 }), trial({ mode: 'dynamic', speedRatio: 1.95 })],
      'dynamic',
    ],
    ['float where nothing is faster', [trial({ mode: 'static', speedRatio: 0.9, sizeRatio: 1.5 })], 'keep'],
    ['size where speed stays', [trial({ mode: 'static', speedRatio: 1 })], 'static'],
    ['float where speed stays and size too', [trial({ mode: 'static', speedRatio: 1, sizeRatio: 1.4 })], 'keep'],
    [
      'weight-only for a large file',
      [trial({ mode: 'static', speedRatio: 0.8 }), trial({ mode: 'weight-only', speedRatio: 0.7 })],
      'weight-only',
    ],
    [
      'what is accurate enough',
      [trial({ mode: 'static', speedRatio: 2, sqnr: 5 }), trial({ mode: 'dynamic', speedRatio: 1.2, sqnr: 30 })],
      'dynamic',
    ],
    [
      'what still names the same classes',
      [trial({ mode: 'static', speedRatio: 2, sqnr: 5, agreement: 0.99 })],
      'static',
    ],
  ];

  it.each(cases)('chooses %s', (_, trials, mode) => {
    expect(choose(cnn, trials)).toBe(mode);
  });

  it('chooses the plain method only where it is clearly better', () => {
    const structure = structureOf(cnn, 'ort-x64');
    const pick = (sqnr: number) =>
      chooseMode({
        structure,
        trials: [
          trial({ mode: 'static', method: 'auto', speedRatio: 2, sqnr: 30 }),
          trial({ mode: 'static', method: 'minmax', speedRatio: 2.1, sqnr }),
        ],
        ...{ tolerance: 10, hasSamples: true, isOrt: true },
      }).trial?.method;
    expect(pick(30.5)).toBe('auto');
    expect(pick(32)).toBe('minmax');
  });
});

describe('advice from structure', () => {
  it('is static for convolutions, dynamic for gated layers, none for small models', () => {
    expect(choose(residualNet({ size: 32 }), [])).toBe('static');
    expect(choose(gated(), [])).toBe('dynamic');
    expect(choose(encoder(), [])).toBe('static');
    expect(choose(encoder(), [], { hasSamples: false })).toBe('dynamic');
    const small = microModel({
      nodes: [node('MatMul x,w -> y')],
      inputs: [value('x', [1, 8])],
      constants: { w: floats([8, 8], new Array<number>(64).fill(1)) },
    });
    expect(choose(small, [])).toBe('keep');
  });

  it('says what it saw', async () => {
    const advice = await advise(gated(), { measure: false });
    expect(advice.mode).toBe('dynamic');
    expect(advice.command).toBe('npx octavo quantize model.onnx --mode dynamic');
    const texts = advice.evidence.map(({ about, text }) => `${about}: ${text}`);
    expect(texts).toContainEqual(
      "activations: 1 products of two activations feed a MatMul ('y'): their ranges are wide",
    );
    expect(texts[0]).toBe('operators: 3 MatMul among 6 nodes');
  });

  it('knows targets that need fixed scales', async () => {
    const advice = await advise(encoder(), { measure: false, target: 'tensorrt', source: 'my model.onnx' });
    expect(advice.command).toBe("npx octavo quantize 'my model.onnx' --mode static --target tensorrt --calib SAMPLES");
  });
});

describe('advice from trials', () => {
  it('tries static, dynamic and weight-only forms, and throws them away', async () => {
    const model = residualNet({ size: 16, classes: 10 });
    const samples = Array.from({ length: 4 }, () => wavesFor({ image: [1, 3, 16, 16] }));
    const before = JSON.stringify(model.graph.nodes.map(({ name, inputs }) => [name, inputs]));
    const { trials, evidence, lines } = await advise(model, { samples, milliseconds: 10 });
    expect(trials.map(({ mode, method }) => method ?? mode)).toEqual(['auto', 'minmax', 'dynamic', 'weight-only']);
    expect(trials[0]).toMatchObject({ int8: 14, weighted: 14, microseconds: { float: expect.any(Number) } });
    expect(trials.every(({ sqnr, speedRatio }) => (sqnr ?? 0) > 15 && (speedRatio ?? 0) > 0)).toBe(true);
    expect(evidence.filter(({ about }) => about === 'speed')).toHaveLength(4);
    expect(lines.length).toBeGreaterThan(6);
    expect(JSON.stringify(model.graph.nodes.map(({ name, inputs }) => [name, inputs]))).toBe(before);
  });

  it('feeds random data without samples, and says so', async () => {
    const { trials, evidence } = await advise(encoder(), { milliseconds: 10 });
    expect(trials.every(({ sqnr }) => sqnr === undefined)).toBe(true);
    expect(evidence.some(({ about, text }) => about === 'samples' && text.includes('random'))).toBe(true);
  });

  it('leaves quantized models alone', async () => {
    const model = microModel({
      nodes: [
        node('DynamicQuantizeLinear x -> q,s,z'),
        node('MatMulInteger q,w,z -> i'),
        node('Cast i -> f', { to: 1 }),
        node('Mul f,s -> y'),
      ],
      inputs: [value('x', [2, 8])],
      constants: { w: random([8, 8]) },
    });
    expect(await advise(model)).toMatchObject({
      mode: 'keep',
      trials: [],
      reason: 'it is quantized already (dynamic)',
    });
  });
});
