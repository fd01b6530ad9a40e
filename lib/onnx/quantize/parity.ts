// Rule Q037: every integer tensor that onnxruntime computes is that of the reference evaluation, to one step.

import { canEvaluate, evaluateNode } from '../evaluate';
import { openExecutor } from '../execute';
import { bitsOf, type ElementType, type Feeds, type Model, type NumericType, type TensorValue } from '../model';
import type { ParityRow } from '../report';

export interface ParityOptions {
  readonly signal?: AbortSignal | undefined;
  /** Nodes whose results are compared end here; the rest is not looked at. */
  readonly milliseconds?: number | undefined;
}

const INTEGERS: ReadonlySet<ElementType> = new Set(['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4']);
const isQuantized = (type: ElementType): boolean => INTEGERS.has(type);

/** Steps between two integer tensors, and the largest difference of two others. */
function distanceOf(a: TensorValue, b: TensorValue): number {
  if (bitsOf(a.type as NumericType) < 8) return packedDistance(a.data as Uint8Array, b.data as Uint8Array, a.type);
  const [x, y] = [a.data as Int8Array, b.data as Int8Array];
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]! - y[i]!));
  return most;
}

/** Two values a byte. */
function packedDistance(x: Uint8Array, y: Uint8Array, type: ElementType): number {
  const signed = (nibble: number): number => (type === 'int4' && nibble > 7 ? nibble - 16 : nibble);
  let most = 0;
  for (let i = 0; i < x.length; i++)
    for (const shift of [0, 4])
      most = Math.max(most, Math.abs(signed((x[i]! >> shift) & 15) - signed((y[i]! >> shift) & 15)));
  return most;
}

const sameShape = (a: TensorValue, b: TensorValue): boolean => a.type === b.type && String(a.dims) === String(b.dims);

/** Tensors that nodes write, all of them: the runtime's own values stand in for what the reference does not evaluate. */
function writtenTensors({ graph }: Model): string[] {
  return graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
}

/** What a comparison has found so far. */
export interface Walk {
  /** Largest distance in steps. */
  steps: number;
  /** Quantized tensors that were compared, and those of them that are more than a step off. */
  compared: number;
  wrong: number;
  /** The tensor with the largest distance. */
  worst: string | undefined;
}

/**
 * Evaluates node by node on the runtime's own integers, so that each stretch between two of them is judged by itself and one
 * rounding at a tie does not count again in every layer behind it.
 */
export function compareNodes(
  model: Model,
  feeds: Feeds,
  theirs: Record<string, TensorValue>,
  until: number,
  walk: Walk,
): void {
  const values = new Map<string, TensorValue>(Object.entries(feeds));
  for (const [name, tensor] of model.graph.initializers)
    values.set(name, {
      type: tensor.type,
      dims: tensor.dims,
      data: tensor.type === 'string' ? tensor.strings() : tensor.array(),
    });
  for (const node of model.graph.nodes) {
    const known = canEvaluate(node, model.opset) && node.graphs.length === 0 && performance.now() < until;
    const ours = known
      ? evaluateNode(
          node,
          node.inputs.map((name) => values.get(name)),
          model.opset,
        )
      : [];
    node.outputs.forEach((name, i) => {
      const [own, other] = [ours[i], theirs[name]];
      if (own !== undefined && other !== undefined && isQuantized(other.type)) {
        const steps = sameShape(own, other) ? distanceOf(own, other) : Number.POSITIVE_INFINITY;
        walk.compared++;
        if (steps > 1) walk.wrong++;
        if (steps > walk.steps || walk.worst === undefined) Object.assign(walk, { steps, worst: name });
      }
      const value = own === undefined || (other !== undefined && isQuantized(other.type)) ? other : own;
      if (value !== undefined) values.set(name, value);
    });
  }
}

/**
 * Runs a quantized model in onnxruntime-node, node by node as it stands, and compares every quantized tensor with the
 * reference evaluation; undefined where it has none.
 */
export async function checkParity(
  model: Model,
  samples: readonly Feeds[],
  options: ParityOptions = {},
): Promise<ParityRow | undefined> {
  const outputs = writtenTensors(model);
  const executor = await openExecutor(model, { outputs, kind: 'onnxruntime', optimization: 'disabled' });
  const walk: Walk = { steps: 0, compared: 0, wrong: 0, worst: undefined };
  const until = performance.now() + (options.milliseconds ?? 10_000);
  try {
    for (const feeds of samples) compareNodes(model, feeds, await executor.run(feeds, options), until, walk);
  } finally {
    await executor.dispose();
  }
  if (walk.compared === 0) return undefined;
  return {
    samples: samples.length,
    tensors: walk.compared,
    steps: walk.steps,
    worst: walk.worst ?? null,
    held: walk.steps <= 1,
  };
}
