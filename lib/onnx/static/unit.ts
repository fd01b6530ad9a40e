// A node as the quantizer sees it: which inputs would become integers, and what folds into its output.
import type { Node } from '../model';

/**
 * - `weighted`: Conv, Gemm, MatMul.
 * - `arithmetic`: computes on integers of several scales, and writes integers.
 * - `copy`: only moves or picks values, so that integers go through it as they are.
 * - `table`: Gather from a constant table.
 * - `skip`: an Add of which one operand is an integer layer's real output, and the other integers.
 */
export type UnitKind = 'weighted' | 'arithmetic' | 'copy' | 'table' | 'skip';

export interface Unit {
  readonly node: Node;
  readonly kind: UnitKind;
  /** Inputs that are activations: their places among the node's inputs. */
  readonly activations: readonly number[];
  /** Constant operands that are quantized per tensor, as activations are. */
  readonly constants: readonly number[];
  /** The place of constant weights. */
  readonly weight?: number | undefined;
  /** The dimension of the outputs among the weights'; undefined: per tensor. */
  readonly axis?: number | undefined;
  /** The place of a constant bias. */
  readonly bias?: number | undefined;
  /** A Relu or Clip behind the node that its output's quantization can replace. */
  readonly fold?: Node | undefined;
  /** The integer kernel can write float32 as well. */
  readonly floatOutput: boolean;
}

/** What the unit writes: behind the fold where there is one. */
export function outputsOf({ node, fold }: Unit): readonly string[] {
  return (fold ?? node).outputs.filter((name) => name !== '');
}

/** The activations that a unit reads. */
export function inputsOf({ node, activations }: Unit): readonly string[] {
  return activations.map((place) => node.inputs[place]!);
}
