// A layer's output is its rows times its weights.
import { expect, it } from 'vitest';
import { layerRows, rowLength } from '../../../lib/onnx/accuracy/layer_rows';
import type { ModelTensor } from '../../../lib/onnx/model';
import { weightedLayerOf } from '../../../lib/onnx/prepare';
import { type MicroGraph, microModel, node, noisy, runModel, value, wavesFor } from '../micro_graph';

interface Case extends MicroGraph {
  readonly dims: readonly number[];
}

const picture = [value('x')];
const CASES: Readonly<Record<string, Case>> = {
  'Conv with pads, strides and dilations': {
    nodes: [node('Conv x,w -> y', { pads: [1, 0, 2, 1], strides: [2, 1], dilations: [1, 2] })],
    inputs: picture,
    constants: { w: noisy([4, 3, 3, 2]) },
    dims: [2, 3, 7, 8],
  },
  'Conv padded to the same size, more above': {
    nodes: [node('Conv x,w -> y', { auto_pad: 'SAME_LOWER', strides: [1, 2] })],
    inputs: picture,
    constants: { w: noisy([4, 3, 2, 3]) },
    dims: [2, 3, 5, 8],
  },
  'Conv padded to the same size, more below': {
    nodes: [node('Conv x,w -> y', { auto_pad: 'SAME_UPPER' })],
    inputs: picture,
    constants: { w: noisy([4, 3, 2, 4]) },
    dims: [1, 3, 5, 8],
  },
  'depthwise Conv without pads': {
    nodes: [node('Conv x,w -> y', { group: 3, auto_pad: 'VALID' })],
    inputs: picture,
    constants: { w: noisy([6, 1, 2, 2]) },
    dims: [2, 3, 4, 4],
  },
  'Conv of one dimension': {
    nodes: [node('Conv x,w -> y', { group: 2 })],
    inputs: picture,
    constants: { w: noisy([4, 3, 3]) },
    dims: [2, 6, 9],
  },
  MatMul: {
    nodes: [node('MatMul x,w -> y')],
    inputs: picture,
    constants: { w: noisy([5, 3]) },
    dims: [2, 4, 5],
  },
  Gemm: {
    nodes: [node('Gemm x,w -> y', { transB: 1 })],
    inputs: picture,
    constants: { w: noisy([3, 5]) },
    dims: [4, 5],
  },
};

it.each(Object.entries(CASES))('%s', async (_, graph) => {
  const feeds = wavesFor({ x: graph.dims });
  const layer = weightedLayerOf(graph.nodes[0]!, (name) => graph.constants?.[name] as ModelTensor)!;
  const { count, rows } = layerRows(layer, feeds.x!, 1_000_000);
  const length = rowLength(layer);
  const weights = layer.weight.floats();
  const { data, dims } = (await runModel(microModel(graph), feeds)).y!;
  const isConv = layer.node.is('Conv');
  const pixels = isConv ? dims.slice(2).reduce((product, dim) => product * dim, 1) : 1;
  expect(count * layer.outputs).toBe(data.length);
  for (let row = 0; row < count; row++)
    for (let output = 0; output < layer.outputs; output++) {
      const group = rows[Math.floor(output / (layer.outputs / layer.groups))]!;
      let sum = 0;
      for (let i = 0; i < length; i++)
        sum +=
          group[row * length + i]! * weights[layer.outputFirst ? output * length + i : i * layer.outputs + output]!;
      const at = (Math.floor(row / pixels) * layer.outputs + output) * pixels + (row % pixels);
      expect(sum).toBeCloseTo(data[at] as number, 4);
    }
  expect(layerRows(layer, feeds.x!, 3).count).toBe(3);
});
