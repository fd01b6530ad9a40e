// Brings a float model into the form that quantizers and runtimes know best.
import type { Model } from '../model';
import { nameNodes, removeDead, removeStaleInfo, shareConstants } from './clean';
import { constantTargets } from './constant_targets';
import { constantsToInitializers } from './constants_to_initializers';
import { foldAffine } from './fold_affine';
import { type ChannelStatistics, foldBatchNormalization } from './fold_batch_normalization';
import { foldConstants } from './fold_constants';
import { foldPads } from './fold_pads';
import { foldScalars } from './fold_scalars';
import { foldShapes } from './fold_shapes';
import { fuseGelu } from './fuse_gelu';
import { fuseLayerNormalization } from './fuse_layer_normalization';
import { GraphEdit, type Pass } from './graph_edit';
import { hoistActivations } from './hoist_activations';
import { flatMatMulBias, matMulToGemm, normalGemm } from './normal_gemm';
import { removeNoOps } from './remove_no_ops';

export interface PrepareOptions {
  /** Recognize LayerNormalization and Gelu that are spelled out, where the operator set has them; default true. */
  readonly fuse?: boolean | undefined;
}

export interface PreparedModel {
  readonly model: Model;
  /** What was changed, one sentence each. */
  readonly changes: readonly string[];
  /** Of the outputs of batch normalizations, folded or not, by the tensor's name: ranges without data come from them. */
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
}

/** A rewrite may make another possible; each makes the graph simpler, so that this ends. */
const MOST_ROUNDS = 8;

function passes(statistics: Map<string, ChannelStatistics>, { fuse = true }: PrepareOptions): Pass[] {
  const fusions = fuse ? [fuseLayerNormalization, fuseGelu] : [];
  return [
    foldConstants,
    foldShapes,
    constantTargets,
    removeNoOps,
    removeDead,
    ...fusions,
    normalGemm,
    foldPads,
    foldBatchNormalization(statistics),
    matMulToGemm,
    foldAffine,
    foldScalars,
    flatMatMulBias,
    hoistActivations,
    removeDead,
  ];
}

/**
 * A new model that computes the same, up to the rounding of float32, in fewer and simpler operators. Graph inputs and
 * outputs keep their names, order and types; a tensor that keeps its name keeps its values; every node has a name of its
 * own. Constants become initializers, and what can be computed from them alone is, unless it takes far more bytes. Batch
 * normalizations, biases, scales and pads go into convolutions and products; Gemm has no factors; products of rank 2 with a
 * bias are Gemm.
 * @throws ERR_FILE if the model names no version of the operator set
 */
export function prepare(model: Model, options: PrepareOptions = {}): PreparedModel {
  const edit = new GraphEdit(model.clone());
  const statistics = new Map<string, ChannelStatistics>();
  constantsToInitializers(edit);
  nameNodes(edit);
  for (let round = 0, before = -1; before < edit.changes.length && round < MOST_ROUNDS; round++) {
    before = edit.changes.length;
    for (const pass of passes(statistics, options)) pass(edit);
  }
  shareConstants(edit);
  nameNodes(edit);
  removeStaleInfo(edit.graph);
  return { model: edit.model, changes: edit.changes, statistics };
}
