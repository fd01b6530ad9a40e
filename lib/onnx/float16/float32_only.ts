// Which operators compute in float16, and which of their inputs never are.
import type { Node } from '../model';

/** Operators of the standard that take float32 only, or take it for what they produce, or lose what they are for. */
const FLOAT32_OPS = new Set([
  'BitCast',
  'ConcatFromSequence',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'EyeLike',
  'MelWeightMatrix',
  'NonMaxSuppression',
  'QLinearConv',
  'QLinearMatMul',
  'QuantizeLinear',
  'RandomNormal',
  'RandomUniform',
  'Range',
  'ReverseSequence',
  'SequenceAt',
  'SequenceConstruct',
  'SequenceInsert',
  'SplitToSequence',
  'StringConcat',
  'TfIdfVectorizer',
]);

/** onnxruntime's own operators that take float16 in the place of float32 throughout. */
const MICROSOFT_OPS = new Set([
  'Attention',
  'BiasGelu',
  'EmbedLayerNormalization',
  'FastGelu',
  'FusedMatMul',
  'GatherBlockQuantized',
  'Gelu',
  'GroupQueryAttention',
  'MatMulBnb4',
  'MatMulNBits',
  'MultiHeadAttention',
  'QuickGelu',
  'RotaryEmbedding',
  'SimplifiedLayerNormalization',
  'SkipLayerNormalization',
  'SkipSimplifiedLayerNormalization',
]);

/** Inputs that stay float32 in an operator that otherwise computes in float16. */
const FLOAT32_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] };

/** Why a node computes in float32; undefined if nothing about its operator speaks against float16. */
export function whyFloat32(node: Node): string | undefined {
  if (node.graphs.length > 0) return 'graphs within a node stay in float32';
  if (node.domain === 'com.microsoft' && MICROSOFT_OPS.has(node.opType)) return undefined;
  if (node.is('SimplifiedLayerNormalization')) return undefined;
  if (node.domain !== '') return `nothing is known of operators of '${node.domain}' in float16`;
  if (FLOAT32_OPS.has(node.opType)) return `${node.opType} has no float16`;
  if (node.is('ConstantOfShape') && !node.attributes.has('value')) return 'its value is float32 by default';
  return undefined;
}

export function keepsFloat32(node: Node, input: number): boolean {
  return node.domain === '' && (FLOAT32_INPUTS[node.opType]?.includes(input) ?? false);
}
