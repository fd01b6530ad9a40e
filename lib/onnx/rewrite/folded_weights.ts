// Weights in 8 bits that onnxruntime makes floats of when it loads the model.
import { attribute, codeOf, ModelTensor, type Node } from '../model';
import type { StoredWeight } from './byte_weights';
import type { GraphRewriter } from './graph_rewriter';

export interface FoldedWeights {
  readonly stored: StoredWeight;
  /** Of the stored values. */
  readonly rank: number;
  /** The axis of the scales; undefined: one for the tensor. */
  readonly axis: number | undefined;
}

/**
 * Floats of int8 values by a Cast and a Mul, placed before a node. onnxruntime computes both once, when it loads the model, and
 * packs the result as it does other weights; a DequantizeLinear it would compute in every run. Gives the name of the floats.
 */
export function foldedWeights(place: Node, { stored, rank, axis }: FoldedWeights, rewriter: GraphRewriter): string {
  const to = attribute.int(codeOf('float32'));
  const floats = rewriter.insert(place, 'Cast', [stored.values], { output: `${stored.values}_f`, attributes: { to } });
  const scale = axis === undefined ? stored.scale : alongAxis(place, stored.scale, rank, axis, rewriter);
  return rewriter.insert(place, 'Mul', [floats, scale], { output: `${stored.values}_dq` });
}

/** [channels] with 1 for every axis but its own; as it is, if that is the last. */
export function alongAxis(place: Node, name: string, rank: number, axis: number, rewriter: GraphRewriter): string {
  if (axis === rank - 1) return name;
  const dims = BigInt64Array.from({ length: rank - axis }, (_, i) => (i === 0 ? -1n : 1n));
  const key = `axis_${dims.length}`;
  const shape = rewriter.constant(key, () => ModelTensor.of('int64', [dims.length], dims), key);
  return rewriter.insert(place, 'Reshape', [name, shape], { output: `${name}_${key}` });
}
