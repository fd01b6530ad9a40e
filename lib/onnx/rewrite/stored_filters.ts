// Filters of convolutions in 8 bits, for convolutions that compute in float.
import { intOf, type Node } from '../model';
import type { TableContext } from './byte_table';
import type { StoredWeight } from './byte_weights';

export interface StoredFilters {
  readonly stored: StoredWeight;
  /** Name of the tensor that they were, and its rank. */
  readonly name: string;
  readonly rank: number;
  /** The axis of the output channels. */
  readonly axis: number;
}

/** Filters of a Conv or ConvTranspose, a scale for each output channel; or why they stay in float. */
export function storeFilters(node: Node, { index, weights }: TableContext): StoredFilters | string {
  const name = node.inputs[1] ?? '';
  const tensor = index.constant(name);
  if (tensor === undefined) return 'the weights are no constant';
  if (tensor.type !== 'float32') return `the weights are ${tensor.type}, not float32`;
  if (tensor.dims.length < 3 || tensor.size === 0) return 'the weights are no filters';
  const transposed = node.is('ConvTranspose');
  if (transposed && intOf(node, 'group', 1) !== 1) return 'its filters are grouped';
  const axis = transposed ? 1 : 0;
  return { stored: weights.store(name, tensor, { axis }), name, rank: tensor.dims.length, axis };
}
