// Runs a planned graph, node by node, as work in steps.
import { isOctavoError } from '../../errors';
import { type OnnxError, onnxError } from '../errors';
import type { Graph, Node, TensorValue } from '../model';
import { Call } from './call';
import { type GraphCall, isStep, type Outputs, type Step, type Work } from './operator';
import { type Plan, type PlannedNode, planOf } from './plan';
import { kernelOf } from './table';
import { valueOfTensor } from './tensor_value';

/** What all graphs of a model share: the operator set, and the plans of graphs within nodes. */
export interface Machine {
  readonly opset: number;
  readonly inner: Map<Graph, Plan>;
}

/** Work that only has steps left: graphs within nodes are run by runPlan itself. */
export type Steps<Result> = Generator<Step, Result, undefined>;

/** Between nodes: nothing to do, but a chance for others. */
const BOUNDARY: Step = { work: 0, now: () => {}, later: async () => {} };

type Find = (name: string) => TensorValue | undefined;

/** Runs a plan on the values of its graph's inputs. `outside` finds the tensors of the graph around it. */
export function* runPlan(
  plan: Plan,
  inputs: ReadonlyMap<string, TensorValue>,
  machine: Machine,
  outside: Find = () => undefined,
): Steps<TensorValue[]> {
  const values = new Map(inputs);
  const find: Find = (name) => values.get(name) ?? constant(plan, name) ?? outside(name);
  for (const planned of plan.nodes) {
    if (plan.done.has(planned.node)) continue;
    yield BOUNDARY;
    const outputs = yield* computeNode(planned, machine, find);
    const kept = planned.constant ? plan.constants : values;
    planned.node.outputs.forEach((name, i) => {
      const value = outputs[i];
      if (name !== '' && value !== undefined) kept.set(name, value);
    });
    if (planned.constant) plan.done.add(planned.node);
    for (const name of planned.last) {
      values.delete(name);
      plan.constants.delete(name);
    }
  }
  return plan.outputs.map((name) => find(name) ?? missing(name));
}

function missing(name: string, node?: Node): never {
  throw onnxError('ERR_FILE', `nothing computes the tensor '${name}'`, {
    tensor: name,
    node: node?.name || node?.label,
  });
}

/** An initializer, read when it is first asked for, or a constant that was computed. */
function constant(plan: Plan, name: string): TensorValue | undefined {
  const found = plan.constants.get(name);
  if (found !== undefined) return found;
  const tensor = plan.graph.initializers.get(name);
  if (tensor === undefined) return undefined;
  const value = valueOfTensor(tensor);
  plan.constants.set(name, value);
  return value;
}

function* computeNode({ node, kept }: PlannedNode, machine: Machine, find: Find): Steps<Outputs> {
  const inputs = node.inputs.map((name) => (name === '' ? undefined : (find(name) ?? missing(name, node))));
  try {
    const result = kernelOf(node, machine.opset)(new Call(node, inputs, machine.opset, kept));
    return Array.isArray(result) ? result : yield* withInnerGraphs(result as Work<Outputs>, machine, find);
  } catch (error) {
    throw errorOf(node, error);
  }
}

/** Passes an operator's steps on, and runs the graphs that it asks for. */
export function* withInnerGraphs(work: Work<Outputs>, machine: Machine, find: Find): Steps<Outputs> {
  let next = work.next();
  while (next.done !== true) {
    if (isStep(next.value)) {
      yield next.value;
      next = work.next();
    } else next = work.next(yield* runInner(next.value, machine, find));
  }
  return next.value;
}

function* runInner({ graph, inputs }: GraphCall, machine: Machine, find: Find): Steps<TensorValue[]> {
  let plan = machine.inner.get(graph);
  if (plan === undefined) {
    plan = planInner(graph);
    machine.inner.set(graph, plan);
  }
  const given = graph.inputs.slice(0, inputs.length).map(({ name }, i) => [name, inputs[i]!] as const);
  return yield* runPlan(plan, new Map(given), machine, find);
}

/** Graphs within nodes may give back tensors of the graph around them. */
function planInner(graph: Graph): Plan {
  const own = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  for (const node of graph.nodes) for (const name of node.outputs) own.add(name);
  const outputs = graph.outputs.map(({ name }) => name);
  const inside = planOf(
    graph,
    outputs.filter((name) => own.has(name)),
  );
  return { ...inside, outputs };
}

/** The error with the node that it came from. What the engine throws for impossible sizes becomes ERR_SHAPE. */
export function errorOf(node: Node, error: unknown): unknown {
  const place = node.name || node.label;
  if (!isOctavoError(error)) {
    const told = error instanceof Error ? error.message : String(error);
    // a TypeError: numbers where an operator takes none of that type, or the other way round
    return onnxError(
      error instanceof TypeError ? 'ERR_DTYPE' : 'ERR_SHAPE',
      `${node.label}: its inputs do not fit together (${told})`,
      {
        node: place,
        cause: error,
      },
    );
  }
  if ((error as OnnxError).node !== undefined || (error as OnnxError).tensor !== undefined) return error;
  return onnxError(error.code, `${node.label}: ${error.message}`, { node: place, cause: error });
}
