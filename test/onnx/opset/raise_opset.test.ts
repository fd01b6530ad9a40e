// A raised model computes what it did: run by onnxruntime before and after, bit for bit.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { attribute, Graph, type Model, Node } from '../../../lib/onnx/model';
import { raiseOpset } from '../../../lib/onnx/opset';
import { readModel } from '../../../lib/onnx/read';
import { irVersionOf, problemsOf, validateModel } from '../../../lib/onnx/validate';
import { modelBytes } from '../../../lib/onnx/write';
import { Random } from '../../reference/random';
import { sharedFile } from '../files';
import { info, modelOf } from '../small_models';
import { axesOf, CASES, type Case } from './operator_changes';

type Feeds = Record<string, Tensor>;

async function run(model: Model, feeds: Feeds): Promise<Record<string, unknown>> {
  const session = await InferenceSession.create(modelBytes(model), { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data, type }]) => [name, { dims, data, type }]),
    );
  } finally {
    await session.release();
  }
}

function microModel({ node, opset, dims = [2, 3, 4], stated = true, constants = {}, outputTypes = [] }: Case): Model {
  const outputs = node.outputs ?? ['y'];
  const parts = {
    // The second input's shape is not stated: nothing is known of what comes from it.
    nodes: stated
      ? [new Node({ ...node, outputs })]
      : [new Node({ opType: 'Reshape', inputs: ['x0', 'shape'], outputs: ['x'] }), new Node({ ...node, outputs })],
    inputs: stated ? [info('x', dims)] : [info('x0', [null]), info('shape', [null], 'int64')],
    outputs: outputs
      .filter((name) => name !== '')
      .map((name, i) => ({
        name,
        type: { kind: 'tensor' as const, elementType: outputTypes[i] ?? 'float32', dims: undefined },
      })),
    initializers: new Map(Object.entries(constants)),
  };
  return modelOf(parts, opset);
}

function feedsOf({ dims = [2, 3, 4], stated = true }: Case): Feeds {
  const data = new Random(7).float32(
    dims.reduce((product, dim) => product * dim, 1),
    3,
  );
  if (stated) return { x: new Tensor('float32', data, dims) };
  return {
    x0: new Tensor('float32', data, [data.length]),
    shape: new Tensor('int64', BigInt64Array.from(dims, BigInt), [dims.length]),
  };
}

describe('operators', () => {
  it.each(CASES)('%s', async (_, one) => {
    const model = microModel(one);
    const { to = 22 } = one;
    const raised = raiseOpset(model, to);
    expect(problemsOf(raised)).toEqual([]);
    expect([raised.opset, raised.irVersion, model.opset]).toEqual([to, Math.max(8, irVersionOf(to)), one.opset]);
    const feeds = feedsOf(one);
    expect(await run(raised, feeds)).toEqual(await run(model, feeds));
    if (one.same) expect(raised.graph.nodes[0]!.attributes).toEqual(model.graph.nodes[0]!.attributes);
  });

  it('one version after the other gives the same', () => {
    for (const [, one] of CASES) {
      let model = microModel(one);
      for (let version = model.opset + 1; version <= 22; version++) model = raiseOpset(model, version);
      const [stepwise, atOnce] = [model, raiseOpset(microModel(one), 22)].map((each) =>
        each.graph.nodes.map(({ opType }) => opType),
      );
      expect(stepwise).toEqual(atOnce);
    }
  });
});

it('graphs within nodes are raised with names of their own', async () => {
  const branch = (name: string, axis: number) => {
    const node = new Node({
      opType: 'Softmax',
      inputs: ['x'],
      outputs: [name],
      attributes: { axis: attribute.int(axis) },
    });
    const squeeze = new Node({ opType: 'ReduceSum', inputs: [name], outputs: [`${name}_sum`], attributes: axesOf(2) });
    return attribute.graph(
      new Graph({ name, nodes: [node, squeeze], outputs: [info(`${name}_sum`, [null, null, null])] }),
    );
  };
  const node = new Node({
    opType: 'If',
    inputs: ['c'],
    outputs: ['y'],
    attributes: { then_branch: branch('a', 1), else_branch: branch('b', 2) },
  });
  const model = modelOf(
    { nodes: [node], inputs: [info('x', [2, 3, 4]), info('c', [1], 'bool')], outputs: [info('y', [null, null, null])] },
    11,
  );
  const raised = raiseOpset(model, 22);
  validateModel(raised);
  const x = new Tensor('float32', new Random(1).float32(24), [2, 3, 4]);
  for (const value of [true, false]) {
    const feeds = { x, c: new Tensor('bool', [value], [1]) };
    expect(await run(raised, feeds)).toEqual(await run(model, feeds));
  }
});

describe('real models (skipped: ../shared not present)', () => {
  const random = new Random(3);
  const int32 = (dims: number[], high: number) => new Tensor('int32', random.int32(dims[0]! * dims[1]!, 0, high), dims);
  const int64 = (dims: number[], high: number) =>
    new Tensor('int64', BigInt64Array.from(random.int32(dims[0]! * dims[1]!, 1, high), BigInt), dims);
  const float = (dims: number[], range: number) =>
    new Tensor(
      'float32',
      random.float32(
        dims.reduce((a, b) => a * b, 1),
        range,
      ),
      dims,
    );

  it.each<[string, () => Feeds]>([
    ['mnist-onnx/mnist.onnx', () => ({ Input3: float([1, 1, 28, 28], 255) })],
    ['magika/standard_v3_3.onnx', () => ({ bytes: int32([2, 2048], 256) })],
    ['mlperf-tiny/ic_resnet8_float.onnx', () => ({ input_1: float([1, 3, 32, 32], 255) })],
    [
      'banking77-encoder/model_opset13.onnx',
      () => ({ input_ids: int64([2, 48], 500), attention_mask: int64([2, 48], 1) }),
    ],
    ['stories260k/stories260K_s128.onnx', () => ({ input_ids: int64([1, 128], 511) })],
  ])('%s', async (name, feedsOfModel) => {
    const file = sharedFile(...name.split('/'));
    if (file === undefined) return;
    const model = readModel(file);
    const named = Object.values(feedsOfModel());
    const feeds = Object.fromEntries(model.graph.inputs.map((input, i) => [input.name, named[i]!]));
    const raised = raiseOpset(model, 22);
    validateModel(raised);
    expect(await run(raised, feeds)).toEqual(await run(model, feeds));
  });
});
