// Small integer tensors whose values follow from types alone, such as the shape of a tensor, become initializers.
import { inferKnown } from '../infer';
import { ModelTensor } from '../model';
import type { Pass } from './graph_edit';
import { givesOutput, replaceByConstants } from './replace_by_constants';

export const foldShapes: Pass = (edit) => {
  const nodes = edit.nodes();
  const known = inferKnown(edit.model);
  for (const node of nodes) {
    const { items, dims, elementType } = known.get(node.outputs[0] as string) ?? {};
    const whole = items?.every((item) => typeof item === 'number') && dims !== undefined && elementType !== undefined;
    if (!whole || givesOutput(edit, node) || node.outputs.length > 1 || node.is('Constant')) continue;
    if (elementType !== 'int64' && elementType !== 'int32') continue;
    const data =
      elementType === 'int64'
        ? BigInt64Array.from(items, (item) => BigInt(item as number))
        : Int32Array.from(items as number[]);
    replaceByConstants(edit, node, [ModelTensor.of(elementType, dims as readonly number[], data)]);
  }
};
