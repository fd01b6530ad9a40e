// What raising a model refuses, and what it leaves alone.
import { describe, expect, it } from 'vitest';
import { attribute, Model, type ModelTensor, Node, type NodeParts } from '../../../lib/onnx/model';
import { raiseIfBelow, raiseOpset } from '../../../lib/onnx/opset';
import { readModel } from '../../../lib/onnx/read';
import { modelBytes } from '../../../lib/onnx/write';
import { floats, info, modelOf } from '../small_models';

const single = (node: NodeParts, opset: number, initializers: Record<string, ModelTensor> = {}) =>
  modelOf(
    {
      nodes: [new Node({ name: 'n', ...node })],
      inputs: [info('x', [1, 4, 2, 2])],
      outputs: [info('y', [null])],
      initializers: new Map(Object.entries(initializers)),
    },
    opset,
  );

it('GroupNormalization has a scale and a bias for every channel from opset 21 on', () => {
  const node = {
    opType: 'GroupNormalization',
    inputs: ['x', 's', 'b'],
    outputs: ['y'],
    attributes: { num_groups: attribute.int(2) },
  };
  const model = single(node, 18, { s: floats([2], [1, 2]), b: floats([2], [3, 4]) });
  const { graph } = raiseOpset(model, 21);
  const [, scale, bias] = graph.nodes[0]!.inputs.map((name) => graph.initializers.get(name));
  expect([...scale!.floats(), ...bias!.floats()]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  model.graph.inputs = [info('x', [1, null, 2, 2])];
  expect(() => raiseOpset(model, 21)).toThrow('the number of its channels is not known');
});

describe('what cannot be said any more', () => {
  it.each<[string, Model, string]>([
    [
      'a mean for every place',
      single(
        {
          opType: 'BatchNormalization',
          inputs: ['x', 's', 's', 's', 's'],
          outputs: ['y'],
          attributes: { spatial: attribute.int(0) },
        },
        7,
      ),
      'cannot be raised to opset 9',
    ],
    [
      'outputs of training',
      single({ opType: 'BatchNormalization', inputs: ['x', 's', 's', 's', 's'], outputs: ['y', 'm', 'v'] }, 9),
      'cannot be raised to opset 14: it has the outputs of training',
    ],
    [
      'a mask of floats',
      single({ opType: 'Dropout', inputs: ['x'], outputs: ['y', 'm'] }, 7),
      'cannot be raised to opset 12: its mask is read',
    ],
    [
      'Scan with a batch',
      single({ opType: 'Scan', inputs: ['', 'x'], outputs: ['y'] }, 8),
      'cannot be raised to opset 9: Scan was another',
    ],
    [
      'half pixels of TensorFlow',
      single(
        {
          opType: 'Resize',
          inputs: ['x', '', 's'],
          outputs: ['y'],
          attributes: { coordinate_transformation_mode: attribute.string('tf_half_pixel_for_nn') },
        },
        11,
      ),
      "'tf_half_pixel_for_nn' is no more",
    ],
    [
      'both ways',
      single({ opType: 'Resize', inputs: ['x', 's'], outputs: ['y'] }, 10, { s: floats([4], [1, 1, 2, 0.5]) }),
      'it enlarges along one axis',
    ],
    [
      'an unknown operator',
      single({ opType: 'Mystery', inputs: ['x'], outputs: ['y'] }, 12),
      "Mystery 'n' is no operator of opset 12",
    ],
    [
      'an operator of later',
      single({ opType: 'Gelu', inputs: ['x'], outputs: ['y'] }, 12),
      "Gelu 'n' is no operator of opset 12",
    ],
    [
      'an operator of before',
      single({ opType: 'Upsample', inputs: ['x', 's'], outputs: ['y'] }, 12),
      "Upsample 'n' is no operator of opset 12",
    ],
  ])('%s', (_, model, message) => {
    expect(() => raiseOpset(model, 22)).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', node: 'n', message: expect.stringContaining(message) }),
    );
  });

  it('before opset 7, where broadcasting was an attribute', () => {
    const old = single(
      { opType: 'Add', inputs: ['x', 'x'], outputs: ['y'], attributes: { broadcast: attribute.int(1) } },
      6,
    );
    expect(() => raiseOpset(old, 13)).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', hint: expect.stringContaining('opset 7') }),
    );
  });

  it.each([[12], [26], [7.5]])('version %s', (version) => {
    expect(() => raiseOpset(modelOf({}, 13), version)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});

it('a model is raised only if it is older', () => {
  const model = modelOf({ inputs: [info('x', [1])] }, 13);
  expect(raiseIfBelow(model, 13)).toBe(model);
  expect(raiseIfBelow(model, 12)).toBe(model);
  expect(raiseIfBelow(model, 14).opset).toBe(14);
});

it('operators of other sets stay, whatever they are called', () => {
  const model = single({ domain: 'com.example', opType: 'Softmax', inputs: ['x'], outputs: ['y'] }, 12);
  expect(raiseOpset(model, 13).graph.nodes[0]!.attributes.size).toBe(0);
});

it('functions whose operators have changed are refused', () => {
  const model = readModel(modelBytes(modelOf({ inputs: [info('x', [1])] }, 12)));
  const functions = [{ name: 'F', domain: 'local', node: [{ domain: '', opType: 'Softmax' }] }];
  const withFunctions = new Model(model, { ...model.origin, functions } as never);
  expect(() => raiseOpset(withFunctions, 13)).toThrow('the function local.F uses Softmax, which opset 13 has changed');
  expect(raiseOpset(withFunctions, 12).opset).toBe(12);
});

it('new constants take names that are free', () => {
  const node = { opType: 'Clip', inputs: ['x'], outputs: ['y'], attributes: { min: attribute.float(0.5) } };
  const taken = floats([], [7]);
  const { graph } = raiseOpset(single(node, 10, { y_min: taken, y_min_1: taken }), 11);
  expect(graph.nodes[0]!.inputs).toEqual(['x', 'y_min_2']);
  expect([graph.initializers.get('y_min')!.floats()[0], graph.initializers.get('y_min_2')!.floats()[0]]).toEqual([
    7, 0.5,
  ]);
});
