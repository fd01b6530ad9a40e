// What can be chosen: operators of integers, targets, single nodes, widths.
import { describe, expect, it } from 'vitest';
import {
  type Feeds,
  type Model,
  modelBytes,
  opsetFor,
  quantizeStatic,
  type StaticOptions,
  tensorsToCalibrate,
} from '../../../lib/onnx';
import { info } from '../small_models';
import { feedsFor, graphOf, op, quantized, relativeError, runOrt, weights } from './calibrated';
import { classifier, residual, residualPool } from './form_models';

const opsOf = ({ graph }: Model) => new Set(graph.nodes.map(({ opType }) => opType));

describe('the format qoperator', () => {
  it.each([{ io: 'float' }, { io: 'uint8' }] as const)('computes what Q/DQ do: $io', async ({ io }) => {
    const options: StaticOptions = { io };
    for (const float of [classifier(), residual()]) {
      const { model: pairs } = await quantized(float, options);
      const { model } = await quantized(float, { ...options, format: 'qoperator' });
      expect([...opsOf(model)].filter((name) => /^(Conv|Gemm|Add|Relu|DequantizeLinear)$/.test(name))).toEqual(
        io === 'uint8' || !opsOf(model).has('QLinearConv') ? [] : ['DequantizeLinear'],
      );
      const feeds = feedsOf(float, io);
      expect(await runOrt(model, feeds)).toEqual(await runOrt(pairs, feeds));
    }
  });

  it('leaves alone what something reads in float, too', async () => {
    const float = graphOf({
      inputs: [info('x', ['n', 6])],
      outputs: [info('y', ['n', 3]), info('z', ['n', 4])],
      nodes: [
        op('Gemm', ['x', 'w'], 'h'),
        op('Softmax', ['h'], 's'),
        op('Gemm', ['s', 'v'], 'y'),
        op('Elu', ['s'], 'z'),
      ],
      initializers: new Map([
        ['w', weights([6, 4], 1, 0.4)],
        ['v', weights([4, 3], 2, 0.4)],
      ]),
    });
    const overrides = [{ match: 'h', keep: 'float' as const }];
    for (const options of [{ overrides }, {}]) {
      const { model } = await quantized(float, { ...options, format: 'qoperator' });
      const feeds = feedsFor(float, 5);
      const { model: pairs } = await quantized(float, options);
      expect(await runOrt(model, feeds)).toEqual(await runOrt(pairs, feeds));
    }
    const branch = graphOf({
      inputs: [info('x', [1, 2, 4, 4])],
      outputs: [info('y', [1, 2, 4, 4]), info('z', [1, 2, 4, 4])],
      nodes: [
        op('Conv', ['x', 'k'], 'c'),
        op('Softmax', ['c'], 's'),
        op('Conv', ['s', 'k'], 'y'),
        op('Elu', ['s'], 'z'),
      ],
      initializers: new Map([['k', weights([2, 2, 1, 1], 3, 0.5)]]),
    });
    const { model } = await quantized(branch, { format: 'qoperator' });
    expect(opsOf(model).has('Softmax')).toBe(true);
  });

  it('is refused where only Q/DQ are known', () => {
    const call = () => quantizeStatic(classifier(), new Map(), { target: 'tensorrt', format: 'qoperator' });
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  });
});

function feedsOf(model: Model, io: 'float' | 'uint8'): Feeds {
  const feeds = feedsFor(model, 5);
  if (io === 'float') return feeds;
  const { dims, data } = feeds.x!;
  return { x: { type: 'uint8', dims, data: Uint8Array.from(data as Float32Array, (value) => 128 + 100 * value) } };
}

describe('targets', () => {
  it('tensorrt: zero points of 0, float biases, no Q behind layers, the skip of a residual quantized', async () => {
    const { model, decisions } = await quantized(residual(), { target: 'tensorrt' });
    const { nodes, initializers } = model.graph;
    for (const [name, tensor] of initializers) {
      expect(tensor.type).not.toBe('int32');
      expect(tensor.type).not.toBe('uint8');
      if (name.endsWith('_zero_point')) expect([...new Set(tensor.array() as Int8Array)]).toEqual([0]);
    }
    const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const quantizers = nodes.filter((node) => node.is('QuantizeLinear'));
    expect(quantizers.map(({ inputs }) => inputs[0])).toEqual(['x', 'r']);
    const add = nodes.find((node) => node.is('Add'))!;
    expect(add.inputs.map((name) => producers.get(name)?.opType)).toEqual(['Conv', 'DequantizeLinear']);
    expect(decisions.map(({ form }) => form)).toEqual(['int8', 'int8', 'int8']);
  });

  it('openvino: Q/DQ on both sides of copies', async () => {
    const model = graphOf({
      inputs: [info('x', [1, 4, 6, 6])],
      outputs: [info('y', [1, 4, 3, 3])],
      nodes: [op('Conv', ['x', 'w'], 'c'), op('MaxPool', ['c'], 'p', residualPool), op('Conv', ['p', 'w'], 'y')],
      initializers: new Map([['w', weights([4, 4, 1, 1], 5, 0.5)]]),
    });
    const { nodes } = (await quantized(model, { target: 'openvino' })).model.graph;
    expect(nodes.find((node) => node.is('MaxPool'))!.inputs[0]).toBe('c_dequantized');
    const direct = (await quantized(model)).model.graph.nodes;
    expect(direct.find((node) => node.is('MaxPool'))!.inputs[0]).toBe('c_quantized');
  });

  it('ort-arm64: int8 activations whose zero is the lowest value behind Relu', async () => {
    const { decisions } = await quantized(residual(), { target: 'ort-arm64', symmetric: true });
    const { type, zeroPoint } = decisions[0]!.tensors.r!;
    expect([type, zeroPoint[0]]).toEqual(['int8', -128]);
    expect([...decisions[1]!.tensors.d!.zeroPoint]).toEqual([0]);
  });
});

describe('16 bits', () => {
  it('need opset 21, and say that onnxruntime computes them in float', async () => {
    const options: StaticOptions = { activations: 'uint16' };
    expect([opsetFor(), opsetFor(options)]).toEqual([13, 21]);
    expect(() => quantizeStatic(classifier(), new Map(), options)).toThrow(/opset 17, expected at least 21/);
    const float = classifier(21);
    const { model, decisions } = await quantized(float, options);
    expect(decisions.slice(0, 2).map(({ form, rule }) => [form, rule])).toEqual([
      ['int16', 'Q020'],
      ['int16', 'Q020'],
    ]);
    const feeds = feedsFor(float, 5);
    const narrow = (await quantized(float)).model;
    const exact = (await runOrt(float, feeds)).y!;
    const [wide, byte] = [(await runOrt(model, feeds)).y!, (await runOrt(narrow, feeds)).y!];
    expect(relativeError(wide, exact)).toBeLessThan(relativeError(byte, exact));
  });

  it('are taken by single layers', async () => {
    const overrides = [{ match: 'l', activations: 'uint16' as const }];
    const { decisions } = await quantized(classifier(21), { overrides });
    expect(decisions.map(({ node, form }) => [node, form]).slice(0, 2)).toEqual([
      ['h', 'int16'],
      ['l', 'int16'],
    ]);
    expect(decisions[0]!.tensors.x!.type).toBe('uint8');
    expect(decisions[1]!.tensors.r!.type).toBe('uint16');
  });
});

describe('exclusion', () => {
  it('keeps nodes in float and says so', async () => {
    const { model, decisions } = await quantized(classifier(), { exclude: [/^l$/] });
    const left = decisions.find(({ node }) => node === 'l')!;
    expect([left.form, left.reason]).toEqual(['float32', 'excluded by the options']);
    expect(model.graph.nodes.find(({ name }) => name === 'l')!.inputs).toEqual(['r', 'v', 'c']);
    expect(tensorsToCalibrate(classifier(), { exclude: ['*'] })).toEqual([]);
  });

  it('of everything gives the model back', async () => {
    const float = classifier();
    expect(modelBytes((await quantized(float, { exclude: ['*'] })).model)).toEqual(modelBytes(float));
  });
});

describe('what stays in float', () => {
  const reasons = async (model: Model, options: StaticOptions = {}) =>
    (await quantized(model, options)).decisions
      .filter(({ form }) => form === 'float32')
      .map(({ opType, rule }) => [opType, rule]);

  it('says which rule is behind it', async () => {
    const model = graphOf({
      inputs: [info('x', [1, 4, 6, 6])],
      outputs: [info('y', [1, 4, 8, 8])],
      nodes: [
        op('Conv', ['x', 'w'], 'c'),
        op('HardSwish', ['c'], 'h'),
        op('Conv', ['h', 'w'], 'd'),
        op('ConvTranspose', ['d', 'v'], 'y'),
      ],
      initializers: new Map([
        ['w', weights([4, 4, 1, 1], 5, 0.5)],
        ['v', weights([4, 4, 3, 3], 6, 0.5)],
      ]),
    });
    expect(await reasons(model)).toEqual([
      ['HardSwish', 'Q020'],
      ['ConvTranspose', 'Q020'],
    ]);
  });

  it('a Concat whose operands differ in magnitude', async () => {
    const model = (gain: number) =>
      graphOf({
        inputs: [info('x', [1, 4, 6, 6])],
        outputs: [info('y', [1, 8, 6, 6])],
        nodes: [op('Conv', ['x', 'boxes'], 'b'), op('Conv', ['x', 'scores'], 's'), op('Concat', ['b', 's'], 'y', axis)],
        initializers: new Map([
          ['boxes', weights([4, 4, 1, 1], 5, gain)],
          ['scores', weights([4, 4, 1, 1], 6, 0.5)],
        ]),
      });
    expect(await reasons(model(640))).toEqual([['Concat', 'Q030']]);
    expect(await reasons(model(2))).toEqual([]);
    const float = model(640);
    const feeds = feedsFor(float, 3);
    const scores = ({ y }: Awaited<ReturnType<typeof runOrt>>) =>
      ({ type: 'float32', dims: [144], data: (y!.data as Float32Array).slice(144) }) as const;
    const result = await runOrt((await quantized(float)).model, feeds);
    expect(relativeError(scores(result), scores(await runOrt(float, feeds)))).toBeLessThan(0.02);
  });

  it('products of two activations, if so wanted', async () => {
    const model = graphOf({
      inputs: [info('x', [2, 4, 6]), info('z', [2, 6, 4])],
      outputs: [info('y', [2, 4, 4])],
      nodes: [op('MatMul', ['x', 'z'], 'y')],
    });
    expect(await reasons(model)).toEqual([]);
    expect(await reasons(model, { attention: false })).toEqual([['MatMul', undefined]]);
  });
});

const axis = { axis: { kind: 'int', value: 1n } } as const;
