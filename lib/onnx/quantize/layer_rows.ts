// What the report says of layers: the quantizer's decisions, and what the target's runtime makes of them.
import type { CheckResult, NodePrediction } from '../check';
import type { LayerDecision } from '../decisions';
import type { LayerRow } from '../report';

/** Operators that multiply by weights, in float and in integers. */
export const WEIGHTED: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'ConvInteger',
  'Gemm',
  'MatMul',
  'MatMulInteger',
  'MatMulBnb4',
  'MatMulNBits',
  'QGemm',
  'QLinearConv',
  'QLinearMatMul',
]);

export interface LayerFacts {
  readonly decisions: readonly LayerDecision[];
  /** undefined for targets or modes without predictions. */
  readonly check: CheckResult | undefined;
  /** SQNR by tensor, in dB; null where it is exact. */
  readonly sqnr: ReadonlyMap<string, number | null>;
  /** Names of layers that a budget left in float. */
  readonly excluded: readonly string[];
}

/** By the node's name, or the tensor that it writes: of the nodes that stand for a layer, the one that multiplies. */
function predictionsOf(check: CheckResult | undefined): Map<string, NodePrediction> {
  const found = new Map<string, NodePrediction>();
  for (const prediction of check?.nodes ?? []) {
    found.set(`> ${prediction.output}`, prediction);
    if (found.get(prediction.node)?.outcome !== 'int8') found.set(prediction.node, prediction);
  }
  return found;
}

const runsOnIntegers = ({ outcome }: NodePrediction): boolean =>
  outcome === 'int8' || outcome === 'copy' || outcome === 'folded';

/** What stands in the column "runs as". */
function kernelOf({ outcome, kernel, into, opType }: NodePrediction): string {
  if (outcome === 'folded') return into === undefined ? 'folded' : `part of ${into}`;
  return kernel ?? opType;
}

function rowOf(decision: LayerDecision, prediction: NodePrediction | undefined, sqnr: number | null): LayerRow {
  const { node, opType, form } = decision;
  const integerKernel = prediction === undefined ? form === 'int8' : runsOnIntegers(prediction);
  const { reason, rule, remedy } =
    integerKernel && form === 'int8' ? {} : { ...prediction, ...withoutUndefined(decision) };
  return {
    ...{ name: node, opType, form, sqnr, integerKernel },
    weighted: WEIGHTED.has(opType),
    predicted: prediction === undefined ? null : kernelOf(prediction),
    reason: reason ?? null,
    rule: rule ?? null,
    remedy: remedy ?? null,
  };
}

const withoutUndefined = <T extends object>(object: T): Partial<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;

const LEFT_FOR_BUDGET = { reason: 'left in float to hold the budget', rule: null, remedy: null };

/** A node that the quantizer said nothing about. */
function undecided(prediction: NodePrediction): LayerDecision {
  const { node, opType, outcome } = prediction;
  return { node, opType, form: outcome === 'int8' ? 'int8' : 'float32', tensors: {} };
}

/** What is known of a layer in the prepared model: the tensors that it writes; undefined for what quantizers put in. */
export type OutputsOf = (node: string) => readonly string[] | undefined;

/** One row for each decision and for each other node of the prepared model that computes. */
export function layerRows({ decisions, check, sqnr, excluded }: LayerFacts, outputsOf: OutputsOf): LayerRow[] {
  const predictions = predictionsOf(check);
  const decided = new Set(decisions.map(({ node }) => node));
  const rows = decisions.map((decision) => {
    const outputs = outputsOf(decision.node) ?? [];
    const byOutput = outputs.map((output) => predictions.get(`> ${output}`)).find((one) => one !== undefined);
    const prediction = predictions.get(decision.node) ?? byOutput;
    if (prediction !== undefined) decided.add(prediction.node);
    const known = outputs.map((output) => sqnr.get(output)).find((value) => value !== undefined);
    const row = rowOf(decision, prediction, known ?? null);
    return excluded.includes(row.name) ? { ...row, ...LEFT_FOR_BUDGET } : row;
  });
  const rest = (check?.nodes ?? []).filter(
    (one) => !decided.has(one.node) && one.outcome !== 'other' && outputsOf(one.node) !== undefined,
  );
  return [...rows, ...rest.map((one) => rowOf(undecided(one), one, sqnr.get(one.output) ?? null))];
}
