// Runs models in this process, exactly as ONNX defines their operators.
import type { AsyncOptions } from '../../abort_signal';
import type { Feeds, Graph, Model, Node, TensorValue } from '../model';
import { Call } from './call';
import { drive, driveNow } from './drive';
import { checkFeeds } from './feeds';
import type { Outputs, Work } from './operator';
import { checkPlan, type Plan, planOf } from './plan';
import { errorOf, type Machine, runPlan, withInnerGraphs } from './run_plan';
import { kernelOf, knows } from './table';

export interface EvaluateOptions extends AsyncOptions {
  /** Any tensors of the main graph. Default: the model's outputs. */
  readonly outputs?: readonly string[] | undefined;
}

/**
 * A model prepared for many runs: constants are computed, and weights packed, once. The model must not be changed meanwhile.
 * float32 is computed as float32, with sums in the order of the project's kernels; float16 and bfloat16 in float32, rounded
 * after every operator; integers exactly.
 */
export class Interpreter {
  readonly model: Model;
  #plan: Plan | undefined;
  #machine: Machine;

  constructor(model: Model) {
    this.model = model;
    this.#machine = { opset: model.opset, inner: new Map<Graph, Plan>() };
  }

  /**
   * Runs the model. The event loop gets its turns between nodes, and during large products.
   * @throws ERR_UNSUPPORTED naming the first node whose operator is not known here, before anything is computed; ERR_SHAPE,
   *   ERR_DTYPE, ERR_RANGE or ERR_FILE, naming node or tensor; the reason of `signal`
   */
  async run(feeds: Feeds, options: EvaluateOptions = {}): Promise<Record<string, TensorValue>> {
    const plan = this.#planFor(options.outputs);
    const values = await drive(runPlan(plan, checkFeeds(this.model.graph, feeds), this.#machine), options);
    return resultOf(plan, values);
  }

  /** As run, without a turn of the event loop. */
  runSync(feeds: Feeds, options: Pick<EvaluateOptions, 'outputs'> = {}): Record<string, TensorValue> {
    const plan = this.#planFor(options.outputs);
    return resultOf(plan, driveNow(runPlan(plan, checkFeeds(this.model.graph, feeds), this.#machine)));
  }

  /** Frees constants and packed weights as soon as they are collected. A later run prepares them anew. */
  dispose(): void {
    this.#plan = undefined;
    this.#machine.inner.clear();
  }

  #planFor(names: readonly string[] | undefined): Plan {
    const outputs = names ?? this.model.graph.outputs.map(({ name }) => name);
    const same =
      this.#plan?.outputs.length === outputs.length && this.#plan.outputs.every((name, i) => name === outputs[i]);
    if (this.#plan !== undefined && same) return this.#plan;
    const plan = planOf(this.model.graph, [...outputs]);
    checkPlan(plan, this.model.opset);
    this.#plan = plan;
    return plan;
  }
}

/** Outputs by name. Those that are constants are copied: whoever gets them may change them. */
function resultOf(plan: Plan, values: readonly TensorValue[]): Record<string, TensorValue> {
  const constants = new Set<unknown>(Array.from(plan.constants.values(), ({ data }) => data));
  return Object.fromEntries(
    plan.outputs.map((name, i) => {
      const value = values[i]!;
      return [name, constants.has(value.data) ? { ...value, data: value.data.slice() } : value];
    }),
  );
}

/** One run of a model; see Interpreter for many. */
export async function evaluate(
  model: Model,
  feeds: Feeds,
  options: EvaluateOptions = {},
): Promise<Record<string, TensorValue>> {
  return new Interpreter(model).run(feeds, options);
}

/**
 * A node's outputs for given inputs, absent ones undefined. Nodes with graphs that read tensors from outside cannot be
 * evaluated so. Throws as Interpreter.run.
 */
export function evaluateNode(node: Node, inputs: readonly (TensorValue | undefined)[], opset: number): TensorValue[] {
  const machine: Machine = { opset, inner: new Map() };
  try {
    const result = kernelOf(node, opset)(new Call(node, inputs, opset));
    const outputs = Array.isArray(result)
      ? (result as Outputs)
      : driveNow(withInnerGraphs(result as Work<Outputs>, machine, () => undefined));
    return outputs.filter((value) => value !== undefined);
  } catch (error) {
    throw errorOf(node, error);
  }
}

/** True if the interpreter knows a node's operator in this version of the standard's operator set, and those of graphs within it. */
export function canEvaluate(node: Node, opset: number): boolean {
  return knows(node, opset) && node.graphs.every((graph) => graph.nodes.every((inner) => canEvaluate(inner, opset)));
}
