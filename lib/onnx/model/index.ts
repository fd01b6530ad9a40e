export {
  type Attribute,
  attribute,
  floatOf,
  floatsOf,
  graphOf,
  intOf,
  intsOf,
  stringOf,
  stringsOf,
  tensorOf,
} from './attribute';
export * from './element_type';
export { type Dim, Graph, type GraphParts, type ValueInfo, type ValueType } from './graph';
export { capturedBy, GraphIndex, type Use } from './graph_index';
export { Model, type ModelParts } from './model';
export { ModelTensor, type TensorSource } from './model_tensor';
export { Node, type NodeParts } from './node';
export { originOf, rememberOrigin } from './origin';
export { inTopologicalOrder } from './topological_order';
export type { Feeds, TensorValue } from './value';
