// y = relu(x w + b) of test/onnx/execute/tiny_models.ts, quantized by hand.
import { Graph, type Model, ModelTensor } from '../../../lib/onnx';
import { info, modelOf, node } from '../execute/tiny_models';

const float = (value: number) => ModelTensor.scalar('float32', Float32Array.of(value));
const byte = (value: number) => ModelTensor.scalar('uint8', Uint8Array.of(value));

const CONSTANTS = new Map([
  ['w', ModelTensor.of('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ['b', ModelTensor.of('float32', [3], Float32Array.of(0.5, -20, 1))],
  ['x_step', float(0.5)],
  ['x_zero', byte(128)],
  ['y_step', float(0.25)],
  ['y_zero', byte(0)],
]);

/** Quantizes x and what comes out, before the Relu or in its place: Q/DQ with names as octavo and others give them. */
export function quantizedModel(suffixes = ['_quantized', '_dequantized']): Model {
  const [quantized, dequantized] = suffixes as [string, string];
  return modelOf(
    new Graph({
      inputs: [info('x', 'float32', ['N', 2])],
      outputs: [info('y', 'float32', ['N', 3])],
      initializers: CONSTANTS,
      nodes: [
        node('QuantizeLinear', ['x', 'x_step', 'x_zero'], `x${quantized}`),
        node('DequantizeLinear', [`x${quantized}`, 'x_step', 'x_zero'], `x${dequantized}`),
        node('MatMul', [`x${dequantized}`, 'w'], 'h'),
        node('Add', ['h', 'b'], 's'),
        node('QuantizeLinear', ['s', 'y_step', 'y_zero'], `y${quantized}`),
        node('DequantizeLinear', [`y${quantized}`, 'y_step', 'y_zero'], 'y'),
      ],
    }),
  );
}

/** The same with integers for x and y. */
export function integerModel(): Model {
  const model = quantizedModel();
  const { graph } = model;
  graph.inputs = [info('x', 'uint8', ['N', 2])];
  graph.outputs = [info('y', 'uint8', ['N', 3])];
  graph.nodes = [
    node('DequantizeLinear', ['x', 'x_step', 'x_zero'], 'x_dequantized'),
    ...graph.nodes.slice(2, 4),
    node('QuantizeLinear', ['s', 'y_step', 'y_zero'], 'y'),
  ];
  return model;
}
