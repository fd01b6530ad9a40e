// Constants that nodes hold become initializers.
import { allocateArray, type ElementArray, ModelTensor, type Node } from '../model';
import type { Pass } from './graph_edit';

const filled = (array: ElementArray, values: readonly (number | bigint)[]): ElementArray => {
  (array as { set(values: readonly (number | bigint)[]): void }).set(values);
  return array;
};

/** What a Constant node holds; undefined for strings and sparse tensors, which stay in their node. */
function heldBy(node: Node): ModelTensor | undefined {
  for (const [name, held] of node.attributes) {
    if (name === 'value' && held.kind === 'tensor') return held.value;
    if (name === 'value_float' && held.kind === 'float')
      return ModelTensor.of('float32', [], Float32Array.of(held.value));
    if (name === 'value_int' && held.kind === 'int') return ModelTensor.of('int64', [], BigInt64Array.of(held.value));
    if (name === 'value_floats' && held.kind === 'floats')
      return ModelTensor.of('float32', [held.value.length], Float32Array.from(held.value));
    if (name === 'value_ints' && held.kind === 'ints')
      return ModelTensor.of(
        'int64',
        [held.value.length],
        filled(allocateArray('int64', held.value.length), held.value),
      );
  }
  return undefined;
}

/** IR version 3 lists initializers as inputs that may be fed; from 4 on they are constants. */
const FIRST_CONSTANT_IR = 4;

export const constantsToInitializers: Pass = (edit) => {
  for (const node of edit.nodes()) {
    const name = node.outputs[0] as string;
    const value = node.is('Constant') ? heldBy(node) : undefined;
    if (value === undefined || edit.graph.outputs.some((output) => output.name === name)) continue;
    edit.remove(node);
    edit.graph.initializers.set(name, value);
    edit.log(`${node.label} became an initializer`);
  }
  if (edit.model.irVersion < FIRST_CONSTANT_IR) {
    edit.log(`IR version ${edit.model.irVersion} raised to ${FIRST_CONSTANT_IR}: initializers are constants`);
    edit.model.irVersion = FIRST_CONSTANT_IR;
  }
};
