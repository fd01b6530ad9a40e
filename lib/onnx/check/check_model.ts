// What a runtime will make of a model, and which rules of that runtime it breaks.
import { inferTypes } from '../infer';
import { GraphIndex, type Model, type Node, type ValueType } from '../model';
import { profileOf, type Target } from '../targets';
import type { CheckResult, Coverage, Finding, NodePrediction, RuleId, Severity } from './check_result';
import { nodeName } from './node_name';
import { predictOrt } from './ort/predict_ort';
import { WorkingGraph } from './ort/working_graph';
import { OPENVINO_TABLE, predictByTable, TENSORRT_TABLE } from './predict_by_table';
import type { Prediction } from './prediction';
import { operatorRules } from './rules/operator_rules';
import { parameterRules } from './rules/parameter_rules';
import { predictionRules } from './rules/prediction_rules';
import { rangeRules } from './rules/range_rules';
import type { RuleCheck } from './rules/rule_context';
import { appliesTo, ruleOf } from './rules/rule_table';
import { structureRules } from './rules/structure_rules';
import { tensorrtRules } from './rules/tensorrt_rules';
import { weightRules } from './rules/weight_rules';

const CHECKS: readonly RuleCheck[] = [
  structureRules,
  parameterRules,
  tensorrtRules,
  predictionRules,
  weightRules,
  operatorRules,
  rangeRules,
];

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const INTEGER_WEIGHTED = new Set([
  'ConvInteger',
  'DynamicQuantizeMatMul',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'MatMulBnb4',
  'MatMulNBits',
  'QGemm',
  'QLinearConv',
  'QLinearMatMul',
  ...WEIGHTED,
]);

const FLOATS = new Set(['float32', 'float16', 'bfloat16', 'float64', undefined]);

/** A node that neither reads nor writes floats cannot be quantized. */
function isOther({ inputs, outputs }: Node, types: ReadonlyMap<string, ValueType>): boolean {
  return [...inputs, ...outputs].every((name) => {
    const type = name === '' ? undefined : types.get(name);
    return name === '' || (type !== undefined && (type.kind !== 'tensor' || !FLOATS.has(type.elementType)));
  });
}

function describe(
  { node, outcome, kernel, into, refusal }: Prediction,
  types: ReadonlyMap<string, ValueType>,
): NodePrediction {
  return {
    node: nodeName(node),
    opType: node.opType,
    output: node.outputs.find((name) => name !== '') ?? '',
    outcome: outcome === 'float' && isOther(node, types) ? 'other' : outcome,
    ...(kernel === undefined ? {} : { kernel }),
    ...(into === undefined ? {} : { into: nodeName(into) }),
    ...(refusal === undefined
      ? {}
      : { rule: refusal.rule, reason: refusal.reason, remedy: refusal.remedy ?? ruleOf(refusal.rule).remedy }),
  };
}

function kernelsOf(nodes: readonly NodePrediction[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, kernel } of nodes)
    if (outcome === 'int8' && kernel !== undefined) counts[kernel] = (counts[kernel] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function coverageOf(nodes: readonly NodePrediction[]): Coverage {
  const int8 = nodes.filter(({ outcome, kernel }) => outcome === 'int8' && INTEGER_WEIGHTED.has(kernel ?? ''));
  const float = nodes.filter(({ outcome, opType }) => outcome === 'float' && WEIGHTED.has(opType));
  return { int8: int8.length, weighted: int8.length + float.length };
}

const ORDER: readonly Severity[] = ['E', 'W', 'I'];

const byRule = (a: Finding, b: Finding): number =>
  ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);

function predict(model: Model, target: Target, types: ReadonlyMap<string, ValueType>): Prediction[] {
  if (target === 'tensorrt') return predictByTable(model, TENSORRT_TABLE);
  if (target === 'openvino') return predictByTable(model, OPENVINO_TABLE);
  return predictOrt(model, { int8Activations: target === 'ort-arm64' }, types);
}

/**
 * Predicts for every node of a model whether it will compute on integers in the target runtime, in which kernel, or why not;
 * and names the rules that the model breaks there. The model is only read.
 * @throws ERR_RANGE for a target that does not exist
 */
export function checkModel(model: Model, target: Target): CheckResult {
  profileOf(target);
  const types = inferTypes(model);
  const predictions = predict(model, target, types);
  const index = new GraphIndex(model.graph);
  const context = { model, target, index, graph: new WorkingGraph(model), types, predictions };
  const findings = CHECKS.flatMap((check) => [...check(context)]).filter(({ rule }) => appliesTo(ruleOf(rule), target));
  const nodes = predictions.map((prediction) => describe(prediction, types));
  return {
    target,
    nodes,
    findings: findings.sort(byRule),
    kernels: kernelsOf(nodes),
    coverage: coverageOf(nodes),
    ok: findings.every(({ severity }) => severity !== 'E'),
  };
}

/** A rule's title, severity and remedy, for reports. */
export function describeRule(rule: RuleId): { title: string; severity: Severity; remedy: string } {
  const { title, severity, remedy } = ruleOf(rule);
  return { title, severity, remedy };
}
