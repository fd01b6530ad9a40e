// What the validity check finds, each fault in an otherwise valid model.
import { describe, expect, it } from 'vitest';
import { attribute, Graph, type GraphParts, ModelTensor, Node, type NodeParts } from '../../../lib/onnx/model';
import { irVersionOf, problemsOf, validateModel } from '../../../lib/onnx/validate';
import { floats, info, modelOf } from '../small_models';

const relu = (name: string, input: string, output: string) =>
  new Node({ name, opType: 'Relu', inputs: [input], outputs: [output] });

const valid = (): GraphParts => ({
  nodes: [relu('a', 'x', 'h'), new Node({ name: 'b', opType: 'Add', inputs: ['h', 'w'], outputs: ['y'] })],
  inputs: [info('x', [2])],
  outputs: [info('y', [2])],
  initializers: new Map([['w', floats([2], [1, 2])]]),
});

const errorsOf = (parts: GraphParts) => problemsOf(modelOf({ ...valid(), ...parts })).map(({ message }) => message);

const branching = (inner: readonly Node[], name = 't') => {
  const graph = new Graph({ nodes: inner, outputs: [info(name, [2])] });
  const other = new Graph({ outputs: [info('e', [2])], initializers: new Map([['e', floats([2], [0, 0])]]) });
  const attributes = { then_branch: attribute.graph(graph), else_branch: attribute.graph(other) };
  return new Node({ name: 'if', opType: 'If', inputs: ['c'], outputs: ['z'], attributes });
};

describe('a valid model', () => {
  it('has no problems', () => {
    expect(problemsOf(modelOf(valid()))).toEqual([]);
    expect(() => validateModel(modelOf(valid()))).not.toThrow();
  });

  it('may read outer tensors in the graphs of its nodes', () => {
    const nodes = [...valid().nodes!, branching([relu('in', 'h', 't')])];
    expect(errorsOf({ nodes, initializers: new Map([...valid().initializers!, ['c', floats([1], [1])]]) })).toEqual([]);
  });
});

describe('names', () => {
  it.each<[string, GraphParts, string]>([
    ['nothing writes', { initializers: new Map() }, "Add 'b' reads 'w', which nothing writes"],
    ['not yet written', { nodes: [...valid().nodes!].reverse() }, "Add 'b' reads 'h' before it is written"],
    [
      'written twice',
      { nodes: [...valid().nodes!, relu('c', 'x', 'h')] },
      "Relu 'c' writes 'h', which is written already",
    ],
    [
      'written over an input',
      { nodes: [...valid().nodes!, relu('c', 'h', 'x')] },
      "writes 'x', which is written already",
    ],
    ['input twice', { inputs: [info('x', [2]), info('x', [2])] }, "the graph input 'x' is there twice"],
    ['input and constant', { inputs: [info('x', [2]), info('w', [2])] }, "'w' is an initializer and something else"],
    ['output of nothing', { outputs: [info('q', [2])] }, "the graph output 'q' is written by nothing"],
    ['in a branch', { nodes: [...valid().nodes!, branching([relu('in', 'q', 't')])] }, "Relu 'in' reads 'q'"],
    ['of a branch', { nodes: [...valid().nodes!, branching([], 'q')] }, "the graph output 'q' is written by nothing"],
    [
      'later than the branch',
      { nodes: [branching([relu('in', 'h', 't')]), ...valid().nodes!] },
      "reads 'h', which nothing",
    ],
  ])('%s', (_, parts, message) => {
    expect(errorsOf(parts)).toContainEqual(expect.stringContaining(message));
  });

  it('come with node and tensor', () => {
    expect(() => validateModel(modelOf({ ...valid(), initializers: new Map() }))).toThrow(
      expect.objectContaining({ code: 'ERR_FILE', node: 'b', tensor: 'w' }),
    );
  });
});

describe('constants', () => {
  const bytes = (length: number) => ({ kind: 'bytes', bytes: new Uint8Array(length) }) as const;

  it.each([
    ['too short', new ModelTensor('float32', [2], bytes(4)), "the initializer 'w' has 4 bytes, float32 [2] takes 8"],
    ['fractional dims', new ModelTensor('float32', [0.5], bytes(2)), 'has the impossible dims [0.5]'],
    ['strings as numbers', new ModelTensor('float32', [1], { kind: 'strings', strings: ['1'] }), 'of another kind'],
    ['few strings', new ModelTensor('string', [2], { kind: 'strings', strings: ['1'] }), 'has 1 strings, not 2'],
  ])('%s', (_, tensor, message) => {
    expect(errorsOf({ initializers: new Map([['w', tensor]]) })).toContainEqual(expect.stringContaining(message));
    const node = new Node({
      opType: 'Constant',
      inputs: [],
      outputs: ['k'],
      attributes: { value: attribute.tensor(tensor) },
    });
    expect(errorsOf({ nodes: [node, ...valid().nodes!] })).toContainEqual(
      expect.stringContaining("attribute 'value' of"),
    );
  });

  it('of 4 bits take a byte for two', () => {
    const tensor = ModelTensor.of('int4', [3], new Uint8Array(2));
    expect(errorsOf({ initializers: new Map([...valid().initializers!, ['q', tensor]]) })).toEqual([]);
  });
});

describe('versions', () => {
  it('of operator sets that nodes use must be named', () => {
    const nodes = [
      ...valid().nodes!,
      new Node({ name: 'm', domain: 'com.example', opType: 'X', inputs: [], outputs: [] }),
    ];
    const model = modelOf({ ...valid(), nodes });
    expect(() => validateModel(model)).toThrow(
      "X 'm' is of the operator set 'com.example', of which the model names no",
    );
    model.opsets.set('com.example', 1);
    expect(problemsOf(model)).toEqual([]);
    model.opsets.set('com.example', 0);
    expect(() => validateModel(model)).toThrow("'com.example' has the version 0");
    model.irVersion = 0;
    expect(() => validateModel(model)).toThrow('the IR version is 0');
  });

  it('of IR and operator sets go together, or there is a warning', () => {
    const model = modelOf(valid(), 21);
    expect(problemsOf(model)).toEqual([
      { severity: 'warning', rule: 'Q004', message: 'IR version 8 is older than opset 21, which came with 10' },
    ]);
    expect(() => validateModel(model)).not.toThrow();
    expect([7, 13, 17, 18, 19, 21, 22, 23, 24, 25].map(irVersionOf)).toEqual([3, 7, 8, 8, 9, 10, 10, 11, 12, 13]);
  });
});

describe('operators', () => {
  const of = (parts: Partial<NodeParts>) =>
    errorsOf({
      nodes: [...valid().nodes!, new Node({ name: 'n', opType: 'Concat', inputs: ['h'], outputs: ['z'], ...parts })],
    });
  const axis = attribute.int(0);

  it.each<[string, Partial<NodeParts>, string[]]>([
    ['as they should be', { attributes: { axis } }, []],
    ['without inputs', { inputs: [], attributes: { axis } }, ["Concat 'n' has 0 inputs, expected 1 or more"]],
    ['with two outputs', { outputs: ['z', 'q'], attributes: { axis } }, ["Concat 'n' has 2 outputs, expected 1"]],
    ['without an attribute', {}, ["Concat 'n' lacks the attribute 'axis'"]],
    [
      'with an attribute of another kind',
      { attributes: { axis: attribute.float(0) } },
      ["attribute 'axis' of Concat 'n' is of kind float, expected int"],
    ],
    [
      'with an attribute of another operator',
      { opType: 'Relu', attributes: { axis } },
      ["Relu 'n' has the attribute 'axis', which the operator does not have"],
    ],
    [
      'with an attribute of another version',
      { opType: 'Clip', attributes: { max: attribute.float(6) } },
      ["Clip 'n' has the attribute 'max', which the operator does not have"],
    ],
    [
      'that are gone',
      { opType: 'Upsample', inputs: ['h', 'w'] },
      ["Upsample 'n' is no operator any more since opset 10"],
    ],
    [
      'of runtimes',
      { domain: '', opType: 'SimplifiedLayerNormalization' },
      ["SimplifiedLayerNormalization 'n' is no operator of opset 17"],
    ],
  ])('%s', (_, parts, messages) => {
    expect(of(parts)).toEqual(messages);
  });

  it('that the standard does not have are warnings, and of newer sets nothing is said', () => {
    const nodes = [...valid().nodes!, new Node({ opType: 'Mystery', inputs: [], outputs: [] })];
    expect(() => validateModel(modelOf({ ...valid(), nodes }))).not.toThrow();
    const newer = problemsOf(
      modelOf(
        { ...valid(), nodes: [...valid().nodes!, new Node({ opType: 'Concat', inputs: [], outputs: ['z'] })] },
        26,
      ),
    );
    expect(newer.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('in the graphs of nodes', () => {
    const inner = new Node({ name: 'in', opType: 'Concat', inputs: ['h'], outputs: ['t'] });
    expect(errorsOf({ nodes: [...valid().nodes!, branching([inner])] })).toContain(
      "Concat 'in' lacks the attribute 'axis'",
    );
  });
});
