// Scales and shifts behind a layer become part of its weights and bias: Add, Sub, Mul and Div with constants.
import type { Node } from '../model';
import { type Affine, absorbAffine, layerBehind } from './absorb_affine';
import { channelValues } from './channel_constant';
import type { GraphEdit, Pass } from './graph_edit';

/** What `x op constant`, or `constant op x`, does to x. */
function affineOf(node: Node, values: Float32Array, constantFirst: boolean): Affine | undefined {
  if (node.is('Add')) return { shift: values };
  if (node.is('Mul')) return { scale: values };
  if (node.is('Sub'))
    return constantFirst ? { scale: values.map(() => -1), shift: values } : { shift: values.map((value) => -value) };
  if (node.is('Div') && !constantFirst) return { scale: Float64Array.from(values, (value) => 1 / value) };
  return undefined;
}

function fold(edit: GraphEdit, node: Node): void {
  const constantAt = node.inputs.findIndex((name) => edit.constant(name) !== undefined);
  const variable = node.inputs[1 - constantAt];
  if (node.inputs.length !== 2 || constantAt < 0 || variable === undefined) return;
  const behind = layerBehind(edit, variable);
  if (behind === undefined) return;
  const rank = edit.rank(variable) ?? behind.layer.weight.dims.length;
  const place = { axis: behind.axis, rank, channels: behind.layer.outputs };
  const values = channelValues(edit.constant(node.inputs[constantAt]), place);
  const affine = values && affineOf(node, values, constantAt === 0);
  const { label } = behind.layer.node;
  if (affine !== undefined && absorbAffine(edit, behind, node, affine)) edit.log(`${node.label} folded into ${label}`);
}

/** Conv, ConvTranspose, Gemm and MatMul take scales; all but MatMul, which has no bias, take shifts. */
export const foldAffine: Pass = (edit) => {
  for (const node of edit.nodes()) if (['Add', 'Sub', 'Mul', 'Div'].some((opType) => node.is(opType))) fold(edit, node);
};
