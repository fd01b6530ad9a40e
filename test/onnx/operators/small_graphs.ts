// Graphs for tests of the interpreter.
import {
  Graph,
  type GraphParts,
  Model,
  ModelTensor,
  Node,
  type NodeParts,
  type ValueInfo,
} from '../../../lib/onnx/model';

export const info = (
  name: string,
  dims: readonly (number | string)[] | undefined,
  elementType = 'float32',
): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType: elementType as 'float32', dims },
});

export const floats = (dims: readonly number[], ...values: number[]): ModelTensor =>
  ModelTensor.of('float32', dims, Float32Array.from(values));

export const node = (
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  rest: Partial<NodeParts> = {},
): Node => new Node({ opType, inputs, outputs, name: `${opType} of ${outputs[0]}`, ...rest });

export const model = (parts: GraphParts, opset = 17): Model =>
  new Model({ graph: new Graph(parts), opsets: new Map([['', opset]]) });
