// Models of a few nodes, made in the test.
import { attribute, type ElementType, Graph, Model, ModelTensor, Node, type ValueInfo } from '../../../lib/onnx';

export const info = (name: string, elementType: ElementType, dims: readonly (number | string)[]): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType, dims },
});

export const floats = (dims: readonly number[], ...values: number[]) => ({
  type: 'float32' as const,
  dims,
  data: Float32Array.from(values),
});

export const modelOf = (graph: Graph, opset = 17): Model => new Model({ graph, opsets: new Map([['', opset]]) });

export const node = (opType: string, inputs: string[], output: string, attributes = {}, domain = ''): Node =>
  new Node({ name: `${output}_node`, opType, inputs, outputs: [output], attributes, domain });

/** y = relu(x w + b), of x [N, 2], w [2, 3]; h is x w, s is h + b. */
export function layerModel(): Model {
  return modelOf(
    new Graph({
      inputs: [info('x', 'float32', ['N', 2])],
      outputs: [info('y', 'float32', ['N', 3])],
      initializers: new Map([
        ['w', ModelTensor.of('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
        ['b', ModelTensor.of('float32', [3], Float32Array.of(0.5, -20, 1))],
      ]),
      nodes: [node('MatMul', ['x', 'w'], 'h'), node('Add', ['h', 'b'], 's'), node('Relu', ['s'], 'y')],
    }),
  );
}

/** y = x for any element type. */
export function identityModel(type: ElementType, dims: readonly (number | string)[]): Model {
  const graph = new Graph({
    inputs: [info('x', type, dims)],
    outputs: [info('y', type, dims)],
    nodes: [node('Identity', ['x'], 'y')],
  });
  return modelOf(graph, 21);
}

/** A convolution and a Relu, which onnxruntime runs as one node. */
export function convolutionModel(): Model {
  return modelOf(
    new Graph({
      inputs: [info('x', 'float32', [1, 1, 4, 4])],
      outputs: [info('y', 'float32', [1, 2, 2, 2])],
      initializers: new Map([['w', ModelTensor.of('float32', [2, 1, 3, 3], new Float32Array(18).fill(0.5))]]),
      nodes: [node('Conv', ['x', 'w'], 'c', { kernel_shape: attribute.ints([3, 3]) }), node('Relu', ['c'], 'y')],
    }),
  );
}

/** y = the values of q, r = x in steps of 1; q and r are of a 4-bit type. */
export function fourBitModel(type: 'int4' | 'uint4'): Model {
  const graph = new Graph({
    inputs: [info('q', type, [3]), info('x', 'float32', [3])],
    outputs: [info('y', 'float32', [3]), info('r', type, [3])],
    initializers: new Map([
      ['step', ModelTensor.scalar('float32', Float32Array.of(1))],
      ['zero', ModelTensor.scalar(type, Uint8Array.of(0))],
    ]),
    nodes: [node('DequantizeLinear', ['q', 'step', 'zero'], 'y'), node('QuantizeLinear', ['x', 'step', 'zero'], 'r')],
  });
  return modelOf(graph, 21);
}
