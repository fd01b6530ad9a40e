// What of a model's structure speaks for one mode or another.
import { runtime } from '../../runtime';
import { type Inspection, inspectModel } from '../inspect';
import { GraphIndex, type Model, type Node } from '../model';
import type { Target } from '../targets';
import type { Evidence } from './advice';

export interface Structure {
  readonly inspection: Inspection;
  /** Share of the multiplications that convolutions do. */
  readonly convolutions: number;
  /** MatMuls whose input is the product of two activations, as in gated layers: large values that one scale serves badly. */
  readonly gated: readonly string[];
  /** Too few multiplications for integers to gain what converting costs. */
  readonly isSmall: boolean;
  /** Rows of a run that share the weights: the batch, where it is stated. */
  readonly batch: number | undefined;
  readonly evidence: readonly Evidence[];
}

/** Below this, the time of a run is that of calling its nodes: measured on models of 1 thousand to 13 million multiplications. */
const SMALL_MACS = 2e6;

const SQUASHING = new Set(['Sigmoid', 'Tanh', 'Erf', 'Gelu', 'Relu', 'HardSigmoid', 'Softplus']);

/** x * f(x) is an activation of one tensor; a product of two different ones gates. */
function isGate(index: GraphIndex, mul: Node): boolean {
  if (!mul.is('Mul') || mul.inputs.some((name) => index.constant(name) !== undefined)) return false;
  const sources = mul.inputs.map((name) => {
    const producer = index.producer(name);
    return producer !== undefined && SQUASHING.has(producer.opType) ? (producer.inputs[0] ?? name) : name;
  });
  const writers = sources.map((name) => index.producer(name)?.opType);
  const direct = sources[0] === sources[1];
  return !direct && writers.every((opType) => opType !== undefined && opType !== 'Reciprocal' && opType !== 'Pow');
}

function gatedMatMuls(model: Model): string[] {
  const index = new GraphIndex(model.graph);
  return model.graph.nodes
    .filter((node) => {
      const producer = node.is('MatMul') || node.is('Gemm') ? index.producer(node.inputs[0] ?? '') : undefined;
      return producer !== undefined && index.constant(node.inputs[1] ?? '') !== undefined && isGate(index, producer);
    })
    .map((node) => node.name || (node.outputs[0] ?? ''));
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

export function countOf(value: number): string {
  const [unit, size] =
    value >= 1e9 ? ['billion', 1e9] : value >= 1e6 ? ['million', 1e6] : value >= 1e3 ? ['thousand', 1e3] : ['', 1];
  return `${(value / size).toFixed(value >= 1e3 ? 1 : 0)} ${unit}`.trim();
}

function operatorText({ operators }: Inspection): string {
  const weighted = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].filter((opType) => operators[opType] !== undefined);
  const others = Object.values(operators).reduce((sum, count) => sum + count, 0);
  const parts = weighted.map((opType) => `${operators[opType]} ${opType}`);
  return `${parts.join(', ') || 'no operator with weights'} among ${others} nodes`;
}

function* structuralEvidence(
  inspection: Inspection,
  convolutions: number,
  gated: readonly string[],
): Iterable<Evidence> {
  const { macs, quantizable, embeddings, parameters } = inspection;
  yield { about: 'operators', text: operatorText(inspection) };
  if (macs.total > 0) {
    const text = `${countOf(macs.total)} multiplications a run, ${percent(convolutions)} of them in convolutions`;
    yield { about: 'multiplications', text, value: macs.total };
    const share = macs.activations / macs.total;
    if (share > 0.05)
      yield {
        about: 'activations',
        text: `${percent(share)} of them multiply two activations, as attention does`,
        value: share,
      };
  }
  const share = quantizable.bytes ?? 0;
  yield {
    about: 'parameters',
    text: `${percent(share)} of its ${countOf(parameters.bytes)} bytes are weights that 8 bits can hold`,
    value: share,
  };
  if ((embeddings.bytes ?? 0) > 0.2)
    yield {
      about: 'embeddings',
      text: `${percent(embeddings.bytes ?? 0)} of its bytes are tables that are only looked up`,
      value: embeddings.bytes ?? 0,
    };
  if (gated.length > 0)
    yield {
      about: 'activations',
      text: `${gated.length} products of two activations feed a MatMul ('${gated[0]}'): their ranges are wide`,
      value: gated.length,
    };
}

function* surroundingEvidence(structure: {
  isSmall: boolean;
  batch: number | undefined;
  target: Target;
  macs: number;
}): Iterable<Evidence> {
  const { isSmall, batch, target, macs } = structure;
  if (isSmall)
    yield { about: 'size', text: `small: ${countOf(macs)} multiplications leave little to gain`, value: macs };
  if (batch !== undefined && batch > 1) yield { about: 'batch', text: `runs take batches of ${batch}`, value: batch };
  if (target === 'ort-x64' && process.arch === 'x64' && !hasVnni())
    yield {
      about: 'saturation',
      text: 'this CPU has no VNNI: pairs of 8-bit products saturate unless weights have 7 bits',
    };
}

/** True where octavo finds the instructions that add products of bytes without saturating. */
export const hasVnni = (): boolean => runtime.available.some((isa) => /vnni|amx/.test(isa));

/** Looks at a model's structure; nothing is run. */
export function structureOf(model: Model, target: Target): Structure {
  const inspection = inspectModel(model);
  const { macs, inputs } = inspection;
  const conv = Object.entries(macs.byOperator).filter(([opType]) => opType.includes('Conv'));
  const convolutions = macs.total === 0 ? 0 : conv.reduce((sum, [, count]) => sum + count, 0) / macs.total;
  const gated = gatedMatMuls(model);
  const isSmall = macs.total < SMALL_MACS && macs.unknown.length === 0;
  const first = inputs[0]?.dims?.[0];
  const batch = typeof first === 'number' ? first : undefined;
  const evidence = [
    ...structuralEvidence(inspection, convolutions, gated),
    ...surroundingEvidence({ isSmall, batch, target, macs: macs.total }),
  ];
  return { inspection, convolutions, gated, isSmall, batch, evidence };
}
