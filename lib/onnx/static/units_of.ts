// Finds the units of a graph, and why other nodes are none.
import type { GraphIndex, Model, Node } from '../model';
import { betweenUnit } from './between_units';
import { EXCLUDED, PRODUCT_OF_ACTIVATIONS, type Refusal } from './refusal';
import type { StaticSettings } from './static_options';
import type { Unit } from './unit';
import { weightedUnit } from './weighted_units';

export interface Units {
  readonly units: ReadonlyMap<Node, Unit>;
  readonly refusals: ReadonlyMap<Node, Refusal>;
}

/** Relu, or Clip around 0, that is all that reads a node's only output. */
function foldOf(index: GraphIndex, node: Node): Node | undefined {
  const output = node.outputs[0]!;
  const uses = index.uses(output);
  if (node.outputs.length !== 1 || index.isOutput(output) || uses.length !== 1) return undefined;
  const [{ node: reader, input }] = uses as [{ node: Node; input: number }];
  if (input !== 0) return undefined;
  if (reader.is('Relu')) return reader;
  const bounds = reader.is('Clip') ? clipBounds(index, reader) : undefined;
  return bounds !== undefined && bounds.min <= 0 && bounds.max > 0 ? reader : undefined;
}

/** The bounds of a Clip, infinite where it has none; undefined if they are not constant. Relu is a Clip from 0. */
export function clipBounds(index: GraphIndex, node: Node): { min: number; max: number } | undefined {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (node.is('Relu')) return { min: 0, max: high };
  const bound = (place: number, name: string, absent: number): number | undefined => {
    const given = node.attributes.get(name);
    if (given?.kind === 'float') return given.value;
    if ((node.inputs[place] ?? '') === '') return absent;
    const value = index.constant(node.inputs[place]!);
    return value?.type === 'float32' && value.size === 1 ? value.floats()[0] : undefined;
  };
  const [min, max] = [bound(1, 'min', low), bound(2, 'max', high)];
  return min === undefined || max === undefined ? undefined : { min, max };
}

export function unitsOf(model: Model, index: GraphIndex, settings: StaticSettings): Units {
  const units = new Map<Node, Unit>();
  const refusals = new Map<Node, Refusal>();
  for (const node of model.graph.nodes) {
    const found = weightedUnit(index, node) ?? between(model, index, node, settings);
    if (found === undefined) continue;
    const refused = refusedBy(settings, found, node);
    if (refused !== undefined) refusals.set(node, refused);
    else units.set(node, withFold(index, found as Unit, settings));
  }
  return { units, refusals };
}

function refusedBy(settings: StaticSettings, found: Unit | Refusal, node: Node): Refusal | undefined {
  if (settings.of(node).keep === 'float') return EXCLUDED;
  if ('reason' in found) return found;
  if (!settings.attention && node.is('MatMul') && found.activations.length === 2) return PRODUCT_OF_ACTIVATIONS;
  return settings.refused.get(node);
}

function between(model: Model, index: GraphIndex, node: Node, { profile }: StaticSettings): Unit | Refusal | undefined {
  const found = betweenUnit(index, node, model.opset);
  if (profile.residual === 'all' || found === undefined || 'reason' in found) return found;
  return node.is('Add') ? skipUnit(index, found) : found;
}

/** An Add behind a weighted layer takes its other operand, the skip, as integers; the layer's own output stays real. */
function skipUnit(index: GraphIndex, unit: Unit): Unit {
  const { node, activations } = unit;
  const isLayer = (place: number) => {
    const name = node.inputs[place]!;
    return index.uses(name).length === 1 && /^(Conv|Gemm|MatMul)$/.test(index.producer(name)?.opType ?? '');
  };
  const layer = activations.findLast(isLayer);
  const skip = activations.filter((place) => place !== layer);
  return layer === undefined || skip.length !== 1
    ? unit
    : { ...unit, kind: 'skip', activations: skip, floatOutput: true };
}

function withFold(index: GraphIndex, unit: Unit, { profile, of }: StaticSettings): Unit {
  if (!profile.foldActivations || unit.kind === 'copy' || unit.kind === 'table') return unit;
  const fold = foldOf(index, unit.node);
  return fold === undefined || of(fold).keep === 'float' ? unit : { ...unit, fold };
}
