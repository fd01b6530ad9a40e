// The layers that a graph input goes into, and where its channels lie.
import { onnxError } from '../errors';
import { intsOf, type Node } from '../model';
import { LONGEST_PATH, layerAt } from './absorb_affine';
import type { GraphEdit } from './graph_edit';
import type { WeightedLayer } from './weighted_layer';

export interface FirstLayer {
  readonly layer: WeightedLayer;
  /** The axis of the graph input that the layer's input channels lie along. */
  readonly axis: number;
}

function refuse(edit: GraphEdit, node: Node | undefined, input: string): never {
  const what = node === undefined ? 'nothing reads it' : `it goes into ${node.label}`;
  throw onnxError('ERR_UNSUPPORTED', `normalization of input '${input}' cannot be folded: ${what}`, {
    tensor: input,
    ...(node === undefined ? {} : { node: node.name || node.label }),
    hint: `the input must go into ${edit.graph.nodes.length > 0 ? 'Conv, Gemm or MatMul with constant weights' : 'a layer'}, at most through Transpose`,
  });
}

/** Where a layer's input channels lie in its input. */
const channelAxis = (layer: WeightedLayer, rank: number): number =>
  layer.node.opType.startsWith('Conv') ? 1 : rank - 1;

/**
 * All layers behind a graph input, through transpositions.
 * @throws ERR_UNSUPPORTED if the input goes anywhere else
 */
export function firstLayers(edit: GraphEdit, input: string, rank: number): FirstLayer[] {
  const found: FirstLayer[] = [];
  // order[i]: the axis of the graph input that axis i of the tensor is.
  const follow = (name: string, order: readonly number[], most = LONGEST_PATH): void => {
    const readers = edit.readers(name);
    if (readers.length === 0 || edit.isPinned(name)) refuse(edit, undefined, input);
    for (const node of readers) {
      const layer = node.inputs.indexOf(name) === 0 ? layerAt(edit, node) : undefined;
      if (layer !== undefined) found.push({ layer, axis: order[channelAxis(layer, rank)] as number });
      else if (node.is('Transpose') && most > 0)
        follow(
          node.outputs[0] as string,
          (intsOf(node, 'perm', undefined) ?? [...order.keys()].reverse()).map((from) => order[from] as number),
          most - 1,
        );
      else refuse(edit, node, input);
    }
  };
  follow(
    input,
    Array.from({ length: rank }, (_, i) => i),
  );
  return found;
}
