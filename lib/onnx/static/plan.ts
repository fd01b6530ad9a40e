// The plan of a static quantization: which units compute on integers, and which tensors share parameters.
import { inferTypes } from '../infer';
import { GraphIndex, type Model, type Node } from '../model';
import type { Group } from './activation_params';
import { groupsOf } from './groups';
import { IntegerRegions } from './integer_regions';
import type { Refusal } from './refusal';
import type { StaticSettings } from './static_options';
import { inputsOf, outputsOf, type Unit } from './unit';
import { unitsOf } from './units_of';

export interface Plan {
  readonly model: Model;
  readonly index: GraphIndex;
  readonly units: ReadonlyMap<Node, Unit>;
  readonly refusals: ReadonlyMap<Node, Refusal>;
  readonly regions: IntegerRegions;
  /** By each quantized activation; tensors of one group share the object. */
  readonly groups: ReadonlyMap<string, Group>;
}

/** Every activation that a graph has, in order. */
export function* activationsOf({ graph }: Model): Iterable<string> {
  for (const { name } of graph.inputs) yield name;
  for (const node of graph.nodes) for (const name of node.outputs) if (name !== '') yield name;
}

/** `aliases`: by tensors that calibration does not see, those with the same values. */
export function planOf(model: Model, settings: StaticSettings, aliases: ReadonlyMap<string, string>): Plan {
  const index = new GraphIndex(model.graph);
  const { units, refusals } = unitsOf(model, index, settings);
  const regions = new IntegerRegions(index, units.values(), settings);
  const names = groupsOf(model, index, { units, regions }, settings.profile);
  const members = new Map<string, string[]>();
  for (const name of activationsOf(model)) {
    if (!regions.isQuantized(name)) continue;
    const root = names.rootOf(name);
    const list = members.get(root) ?? [];
    if (name === root) list.unshift(name);
    else list.push(name);
    members.set(root, list);
  }
  const nodes = nodesByTensor(units.values(), regions);
  const groups = new Map<string, Group>();
  for (const list of members.values()) {
    const [first] = list as [string];
    const around = new Set(list.flatMap((name) => nodes.get(name) ?? []));
    const group: Group = {
      name: list.find((name) => !aliases.has(name)) ?? aliases.get(first)!,
      members: list,
      writer: regions.writer(first),
      producer: index.producer(first),
      nodes: [...around],
    };
    for (const name of list) groups.set(name, group);
  }
  return { model, index, units, refusals, regions, groups };
}

function nodesByTensor(units: Iterable<Unit>, regions: IntegerRegions): Map<string, Node[]> {
  const nodes = new Map<string, Node[]>();
  for (const unit of units)
    if (regions.has(unit))
      for (const name of [...outputsOf(unit), ...inputsOf(unit)])
        nodes.set(name, [...(nodes.get(name) ?? []), unit.node]);
  return nodes;
}

/** True if nothing is left that computes on real numbers. */
export function isWhole({ model, index, units, regions }: Plan): boolean {
  const types = inferTypes(model);
  const isReal = (name: string) => {
    const type = types.get(name);
    return index.constant(name) === undefined && (type?.kind !== 'tensor' || type.elementType === 'float32');
  };
  const folds = new Set([...units.values()].flatMap((unit) => (regions.has(unit) ? (unit.fold ?? []) : [])));
  return model.graph.nodes.every((node) => {
    const unit = units.get(node);
    if (folds.has(node) || (unit !== undefined && regions.has(unit))) return true;
    return ![...node.inputs, ...node.outputs].some((name) => name !== '' && isReal(name));
  });
}
