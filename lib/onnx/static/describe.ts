// Decisions of a static quantization, node by node.
import type { LayerDecision, LayerForm, TensorParams } from '../decisions';
import type { Node } from '../model';
import { nameOf } from '../selection';
import { describeActivation } from './activation_params';
import type { Parameters } from './parameters';
import type { Plan } from './plan';
import { NEIGHBOURS_IN_FLOAT, SIXTEEN_BITS } from './refusal';
import { isSixteen, type StaticSettings } from './static_options';
import { inputsOf, outputsOf, type Unit } from './unit';

/** One decision for each weighted node, each integer one, and each float one that touches integers. */
export function decisionsOf(plan: Plan, parameters: Parameters, settings: StaticSettings): LayerDecision[] {
  const decisions: LayerDecision[] = [];
  for (const node of plan.model.graph.nodes) {
    const unit = plan.units.get(node);
    if (unit !== undefined && plan.regions.has(unit)) decisions.push(integerDecision(unit, plan, parameters, settings));
    else if (isCandidate(node, plan)) decisions.push(floatDecision(node, plan));
  }
  return decisions;
}

const WEIGHTED = new Set(['Conv', 'Gemm', 'MatMul', 'ConvTranspose', 'LSTM', 'GRU', 'RNN', 'Einsum', 'DeformConv']);

function isCandidate(node: Node, { units, refusals, regions }: Plan): boolean {
  if (!units.has(node) && !refusals.has(node)) return false;
  if (WEIGHTED.has(node.opType)) return true;
  return [...node.inputs, ...node.outputs].some((name) => name !== '' && regions.isQuantized(name));
}

function floatDecision(node: Node, { refusals }: Plan): LayerDecision {
  const why = refusals.get(node) ?? NEIGHBOURS_IN_FLOAT;
  return { node: nameOf(node), opType: node.opType, form: 'float32', ...why, tensors: {} };
}

function integerDecision(unit: Unit, plan: Plan, parameters: Parameters, { profile }: StaticSettings): LayerDecision {
  const { node } = unit;
  const tensors: Record<string, TensorParams> = {};
  for (const name of [...inputsOf(unit), ...outputsOf(unit)])
    if (plan.groups.has(name)) tensors[name] = describeActivation(parameters.activation(name));
  for (const place of unit.constants) tensors[node.inputs[place]!] = parameters.operand(node, place).params;
  if (unit.weight !== undefined) tensors[node.inputs[unit.weight]!] = parameters.weights(unit).params;
  if (unit.bias !== undefined && profile.bias === 'int32')
    tensors[node.inputs[unit.bias]!] = parameters.bias(unit).params;
  const isWide = Object.values(tensors).some(({ type }) => isSixteen(type));
  const form: LayerForm = isWide ? 'int16' : 'int8';
  const why = isWide && profile.engine === 'onnxruntime' ? SIXTEEN_BITS : {};
  return { node: nameOf(node), opType: node.opType, form, ...why, tensors };
}
