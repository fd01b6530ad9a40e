// Small models for tests, made of the model's own parts.
import {
  type Dim,
  type ElementType,
  Graph,
  type GraphParts,
  Model,
  ModelTensor,
  type ValueInfo,
} from '../../lib/onnx/model';

export const info = (name: string, dims: readonly Dim[], elementType: ElementType = 'float32'): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType, dims },
});

export const floats = (dims: readonly number[], values: readonly number[]): ModelTensor =>
  ModelTensor.of('float32', dims, Float32Array.from(values));

export const ints = (values: readonly number[]): ModelTensor =>
  ModelTensor.of('int64', [values.length], BigInt64Array.from(values.map(BigInt)));

/** A model of one graph; IR 8. */
export const modelOf = (parts: GraphParts, opset = 17): Model =>
  new Model({ graph: new Graph({ name: 'test', ...parts }), opsets: new Map([['', opset]]) });
