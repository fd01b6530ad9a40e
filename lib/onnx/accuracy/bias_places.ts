// Where each layer's bias is: its own input, or that of the Add behind a MatMul.
import { type Model, ModelTensor, type Node } from '../model';
import { biasOf, channelAxisOf, channelValues, GraphEdit, layerAt, setBias, type WeightedLayer } from '../prepare';

export interface BiasPlace {
  /** The name of the layer's node. */
  readonly node: string;
  /** What comes out, bias included. */
  readonly tensor: string;
  readonly channels: number;
  /** The axis of the channels in a tensor of a rank. */
  readonly axisOf: (rank: number) => number;
}

interface Found {
  readonly place: BiasPlace;
  readonly shift: (by: Float64Array) => void;
}

/** Behind a MatMul: the Add of a constant, which alone reads it. */
function behindMatMul(edit: GraphEdit, layer: WeightedLayer): { tensor: string; shift: Found['shift'] } | undefined {
  const product = layer.node.outputs[0] as string;
  const add: Node | undefined = edit.onlyReader(product);
  if (!add?.is('Add')) return undefined;
  const input = add.inputs[0] === product ? 1 : 0;
  const constant = edit.constant(add.inputs[input]);
  const rank = Math.max(constant?.dims.length ?? 0, 1);
  const values = channelValues(constant, { axis: rank - 1, rank, channels: layer.outputs });
  if (values === undefined) return undefined;
  const shift = (by: Float64Array): void => {
    const shifted = values.map((value, c) => value + (by[c] as number));
    const name = `${add.inputs[input]}_corrected`;
    edit.setInput(add, input, edit.addConstant(name, ModelTensor.of('float32', [layer.outputs], shifted)));
  };
  return { tensor: add.outputs[0] as string, shift };
}

function atLayer(edit: GraphEdit, layer: WeightedLayer): { tensor: string; shift: Found['shift'] } | undefined {
  const bias = biasOf(edit, layer);
  if (bias === undefined) return undefined;
  const shift = (by: Float64Array): void =>
    setBias(
      edit,
      layer,
      bias.map((value, c) => value + (by[c] as number)),
    );
  return { tensor: layer.node.outputs[0] as string, shift };
}

function findAll(edit: GraphEdit): Found[] {
  return edit.nodes().flatMap((node) => {
    const layer = layerAt(edit, node);
    const found = layer && (node.is('MatMul') ? behindMatMul(edit, layer) : atLayer(edit, layer));
    if (layer === undefined || found === undefined) return [];
    const { tensor, shift } = found;
    const axisOf = (rank: number): number => channelAxisOf(layer, rank);
    return { place: { node: node.name, tensor, channels: layer.outputs, axisOf }, shift };
  });
}

/** The biases of a prepared model that can be changed, in the order of the nodes. */
export function biasPlaces(model: Model): BiasPlace[] {
  return findAll(new GraphEdit(model.clone())).map(({ place }) => place);
}

/** A copy of a model with numbers added to the biases of some layers. */
export function shiftBiases(model: Model, places: readonly BiasPlace[], shifts: readonly Float64Array[]): Model {
  const edit = new GraphEdit(model.clone());
  for (const { place, shift } of findAll(edit)) {
    const at = places.findIndex(({ node, tensor }) => node === place.node && tensor === place.tensor);
    if (at >= 0) shift(shifts[at] as Float64Array);
  }
  edit.flush();
  return edit.model;
}
