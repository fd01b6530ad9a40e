// BatchNormalization behind a layer becomes part of its weights and bias.
import { floatOf, intOf, type Node } from '../model';
import { absorbAffine, layerBehind } from './absorb_affine';
import type { GraphEdit, Pass } from './graph_edit';

/** Mean and standard deviation of each channel of a tensor, as a normalization was trained to make them. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

interface Normalization {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** Of the output. */
  readonly statistics: ChannelStatistics;
}

/** What a normalization computes; undefined if it learns from its batch, or has parameters that are not constant. */
export function normalizationOf(edit: GraphEdit, node: Node): Normalization | undefined {
  const [, ...names] = node.inputs;
  const [gamma, beta, mean, variance] = names.map((name) => edit.floats(name));
  const training = intOf(node, 'training_mode', 0) !== 0 || (edit.model.opset < 7 && intOf(node, 'is_test', 0) === 0);
  const oneOutput = node.outputs.slice(1).every((name) => name === '' || edit.readers(name).length === 0);
  if (training || !oneOutput || node.outputs.slice(1).some((name) => edit.isPinned(name))) return undefined;
  if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) return undefined;
  if (intOf(node, 'spatial', 1) === 0) return undefined;
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
  const shift = Float64Array.from(beta, (value, c) => value - (mean[c] as number) * (scale[c] as number));
  return { scale, shift, statistics: { mean: beta, std: gamma.map(Math.abs) } };
}

/** Folds what can be folded, and enters the statistics of every normalization's output into `statistics`. */
export function foldBatchNormalization(statistics: Map<string, ChannelStatistics>): Pass {
  return (edit) => {
    for (const node of edit.nodes()) {
      const normalization = node.is('BatchNormalization') ? normalizationOf(edit, node) : undefined;
      if (normalization === undefined) continue;
      statistics.set(node.outputs[0] as string, normalization.statistics);
      const behind = layerBehind(edit, node.inputs[0] as string);
      if (behind === undefined || behind.axis !== 1 || behind.layer.outputs !== normalization.scale.length) continue;
      const { label } = behind.layer.node;
      if (absorbAffine(edit, behind, node, normalization)) edit.log(`${node.label} folded into ${label}`);
    }
  };
}
