// Pairs of layers between which a positive factor of each channel can be moved: f(s · x) = s · f(x).
import { intOf, type ModelTensor, type Node } from '../model';
import { channelValues, type GraphEdit, layerAt, type WeightedLayer } from '../prepare';

export interface LayerPair {
  readonly first: WeightedLayer;
  readonly second: WeightedLayer;
  /** Inputs of the second layer that one output channel of the first becomes: more than one where pictures are flattened. */
  readonly spread: number;
  /** The nodes in between. */
  readonly path: readonly Node[];
  /** Constants in between that are added to each channel, and take the factor, too. */
  readonly shifts: readonly Shift[];
}

export interface Shift {
  readonly node: Node;
  readonly input: number;
  readonly values: Float32Array;
}

const HOMOGENEOUS = ['Relu', 'LeakyRelu', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'];

/** What scales with each channel of its input: a product with another tensor does, if it has the same rank. */
function isHomogeneous(edit: GraphEdit, node: Node, channels: number): boolean {
  if (HOMOGENEOUS.some((opType) => node.is(opType)) || isPlainPRelu(edit, node, channels)) return true;
  if (node.is('Flatten')) return intOf(node, 'axis', 1) === 1;
  const ranks = node.inputs.map((name) => edit.rank(name));
  return node.is('Mul') && ranks[0] !== undefined && ranks[0] === ranks[1];
}

const isOwn = (edit: GraphEdit, { node }: WeightedLayer): boolean => edit.onlyReader(node.inputs[1] as string) === node;

/** PRelu with a slope for each channel, or one for all. */
function isPlainPRelu(edit: GraphEdit, node: Node, channels: number): boolean {
  const slope: ModelTensor | undefined = node.is('PRelu') ? edit.constant(node.inputs[1]) : undefined;
  if (slope === undefined) return false;
  const rank = edit.rank(node.inputs[0] as string) ?? slope.dims.length + 1;
  return channelValues(slope, { axis: 1, rank, channels }) !== undefined;
}

/** The constant that a node adds to the channels of the first layer's output. */
function shiftOf(edit: GraphEdit, node: Node, name: string, first: WeightedLayer): Shift | undefined {
  const rank = edit.rank(name);
  if (!node.is('Add') || rank === undefined) return undefined;
  const input = node.inputs[0] === name ? 1 : 0;
  const axis = first.node.opType.startsWith('Conv') ? 1 : rank - 1;
  const values = channelValues(edit.constant(node.inputs[input]), { axis, rank, channels: first.outputs });
  return values && { node, input, values };
}

function pairFrom(edit: GraphEdit, first: WeightedLayer): LayerPair | undefined {
  const path: Node[] = [];
  const shifts: Shift[] = [];
  for (let name = first.node.outputs[0] as string; ; ) {
    const node = edit.onlyReader(name);
    if (node === undefined || node.inputs.indexOf(name) > 1) return undefined;
    const second = node.inputs[0] === name ? layerAt(edit, node) : undefined;
    if (second !== undefined) {
      const spread = second.inputs / first.outputs;
      const flat = spread === 1 || path.some((one) => one.is('Flatten'));
      const fits = Number.isInteger(spread) && flat && isOwn(edit, second) && sameAxis(first, second, path);
      return fits ? { first, second, spread, path, shifts } : undefined;
    }
    const shift = shiftOf(edit, node, name, first);
    if (shift !== undefined) shifts.push(shift);
    else if (!isHomogeneous(edit, node, first.outputs)) return undefined;
    path.push(node);
    name = node.outputs[0] as string;
  }
}

/** The channels of both lie along the same axis, or are flattened from axis 1 to the last. */
function sameAxis(first: WeightedLayer, second: WeightedLayer, path: readonly Node[]): boolean {
  const spatial = (layer: WeightedLayer): boolean => layer.node.opType.startsWith('Conv');
  if (spatial(first) === spatial(second)) return !path.some((node) => node.is('Flatten'));
  return spatial(first) && path.filter((node) => node.is('Flatten')).length === 1;
}

/** All pairs whose layers have weights of their own, and between which nothing else reads. */
export function layerPairs(edit: GraphEdit): LayerPair[] {
  return edit.nodes().flatMap((node) => {
    const first = layerAt(edit, node);
    return first === undefined || !isOwn(edit, first) ? [] : (pairFrom(edit, first) ?? []);
  });
}
