// Input normalization becomes part of the first layer, so that raw pixels go straight in.
import { onnxError } from '../errors';
import { attribute, intsOf, type Model, ModelTensor, Node, stringOf } from '../model';
import { biasOf, replaceConstant, setBias } from './absorb_affine';
import { nameNodes } from './clean';
import { constantsToInitializers } from './constants_to_initializers';
import { firstLayers } from './first_layers';
import { GraphEdit } from './graph_edit';
import { matMulToGemm, normalGemm } from './normal_gemm';
import { eachKernel, scaledWeights, type WeightedLayer, weightedSums } from './weighted_layer';

/** What the model was trained on: (x · scale − mean) / std of the raw values x, per channel or the same for all. */
export interface InputNormalization {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
  /** Default 1; 1/255 where mean and std are those of pixels from 0 to 1. */
  readonly scale?: number | undefined;
  /** The name of the graph input; default: the only one. */
  readonly input?: string | undefined;
  /** Where the channels must lie in the input; default: wherever the first layer has them. */
  readonly layout?: 'nchw' | 'nhwc' | undefined;
}

/** x → x · factor + shift for each channel; `border` is the raw value that is normalized to 0. */
interface ChannelNormalization {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
  readonly border: Float64Array;
}

/** The largest pixel: as a constant beside pixels, it is exact in 8 bits. */
const LARGEST_PIXEL = 255;

function perChannel(name: string, value: number | readonly number[], channels: number): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(channels).fill(value) : value;
  if (values.length !== channels || !values.every(Number.isFinite))
    throw onnxError(
      'ERR_SHAPE',
      `${name} must be one number or ${channels}, one for each channel, got [${values.join(', ')}]`,
    );
  return values;
}

function normalizationFor({ mean, std, scale = 1 }: InputNormalization, channels: number): ChannelNormalization {
  const [means, deviations] = [perChannel('mean', mean, channels), perChannel('std', std, channels)];
  if (!(Number.isFinite(scale) && scale !== 0) || deviations.includes(0))
    throw onnxError('ERR_RANGE', `scale and std must not be 0, got scale ${scale} and std [${deviations.join(', ')}]`);
  return {
    factor: Float64Array.from(deviations, (deviation) => scale / deviation),
    shift: Float64Array.from(means, (value, c) => -value / (deviations[c] as number)),
    border: Float64Array.from(means, (value) => value / scale),
  };
}

const isPadded = ({ node }: WeightedLayer): boolean =>
  stringOf(node, 'auto_pad', 'NOTSET').startsWith('SAME') || (intsOf(node, 'pads', undefined)?.some(Boolean) ?? false);

function insertPad(edit: GraphEdit, node: Node, pads: readonly number[], filling: number): void {
  const input = node.inputs[0] as string;
  const output = edit.freshName(`${input}_padded`);
  const name = `${node.name}_pad`;
  const before: Node =
    edit.model.opset < 11
      ? new Node({
          opType: 'Pad',
          name,
          inputs: [input],
          outputs: [output],
          attributes: { pads: attribute.ints(pads), value: attribute.float(filling) },
        })
      : new Node({
          opType: 'Pad',
          name,
          inputs: [
            input,
            edit.addConstant(
              `${output}_pads`,
              ModelTensor.of('int64', [pads.length], BigInt64Array.from(pads, BigInt)),
            ),
            edit.addConstant(`${output}_value`, ModelTensor.of('float32', [], Float32Array.of(filling))),
          ],
          outputs: [output],
        });
  edit.insertBefore(node, before);
  edit.setInput(node, 0, output);
}

/** One border for all channels: the picture gets it before the layer, which then pads nothing. */
function padWithBorder(edit: GraphEdit, { node }: WeightedLayer, border: number): boolean {
  const pads = intsOf(node, 'pads', undefined);
  if (pads === undefined || stringOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return false;
  const half = pads.length / 2;
  insertPad(edit, node, [0, 0, ...pads.slice(0, half), 0, 0, ...pads.slice(half)], border);
  node.attributes.set('pads', attribute.ints(pads.map(() => 0)));
  return true;
}

/** A channel of nothing but `filling` behind those of the input, made by operators that have integer kernels. */
function appendConstantChannel(edit: GraphEdit, { node, inputs, weight }: WeightedLayer, filling: number): void {
  const input = node.inputs[0] as string;
  const zeros = ModelTensor.of('float32', [1, inputs, ...weight.dims.slice(2).fill(1)], new Float32Array(inputs));
  const channel = edit.freshName(`${input}_constant`);
  const output = edit.freshName(`${input}_and_constant`);
  const constants = [
    edit.addConstant(`${channel}_weights`, zeros),
    edit.addConstant(`${channel}_value`, ModelTensor.of('float32', [1], Float32Array.of(filling))),
  ];
  const name = `${node.name}_constant`;
  edit.insertBefore(node, new Node({ opType: 'Conv', name, inputs: [input, ...constants], outputs: [channel] }));
  const attributes = { axis: attribute.int(1) };
  const concat = { opType: 'Concat', name: `${name}_channel`, inputs: [input, channel], outputs: [output], attributes };
  edit.insertBefore(node, new Node(concat));
  edit.setInput(node, 0, output);
}

/**
 * The shift is what a channel of a constant adds. The layer pads that channel with zeros, as it does the others, so that the
 * shift ends where the picture does.
 */
function shiftByChannel(edit: GraphEdit, layer: WeightedLayer, weights: Float32Array, border: Float64Array): void {
  const { node, outputs, inputs, kernel } = layer;
  const filling = Math.max(LARGEST_PIXEL, ...border.map(Math.abs));
  const widened = new Float32Array(outputs * (inputs + 1) * kernel);
  eachKernel(layer, (at, output, input) => {
    widened.set(weights.subarray(at, at + kernel), (output * (inputs + 1) + input) * kernel);
    for (let i = 0; i < kernel; i++) {
      const last = (output * (inputs + 1) + inputs) * kernel + i;
      widened[last] = (widened[last] as number) - ((weights[at + i] as number) * (border[input] as number)) / filling;
    }
  });
  const dims = [outputs, inputs + 1, ...layer.weight.dims.slice(2)];
  replaceConstant(edit, node, 1, ModelTensor.of('float32', dims, widened));
  appendConstantChannel(edit, layer, filling);
}

/** Where zeros of normalized values surround the picture, which raw zeros are not. False if nothing does. */
function foldPadded(edit: GraphEdit, layer: WeightedLayer, weights: Float32Array, border: Float64Array): boolean {
  if (layer.node.is('Conv') && layer.groups === 1) {
    shiftByChannel(edit, layer, weights, border);
    return true;
  }
  if (border.every((value) => value === border[0]) && padWithBorder(edit, layer, border[0] as number)) return false;
  throw onnxError(
    'ERR_UNSUPPORTED',
    `normalization cannot be folded into ${layer.node.label}, which pads and has groups`,
    { node: layer.node.name, hint: 'give one mean for all channels, or normalize before the model' },
  );
}

function foldInto(edit: GraphEdit, layer: WeightedLayer, { factor, shift, border }: ChannelNormalization): void {
  const bias = biasOf(edit, layer);
  const shifts = shift.some((value) => value !== 0);
  const weights = scaledWeights(layer, { input: factor });
  const sums = weightedSums(layer, shift);
  if (shifts && isPadded(layer) && foldPadded(edit, layer, weights, border)) return;
  if (shifts && bias === undefined)
    throw onnxError(
      'ERR_UNSUPPORTED',
      `normalization cannot be folded into ${layer.node.label}: its bias is no constant`,
      { node: layer.node.name },
    );
  replaceConstant(edit, layer.node, 1, ModelTensor.of('float32', layer.weight.dims, weights));
  if (shifts && bias !== undefined)
    setBias(
      edit,
      layer,
      bias.map((value, c) => value + (sums[c] as number)),
    );
}

function inputOf(model: Model, name: string | undefined): { name: string; rank: number } {
  const { inputs } = model.graph;
  const input = name === undefined && inputs.length === 1 ? inputs[0] : inputs.find((one) => one.name === name);
  const known = inputs.map((one) => `'${one.name}'`).join(', ');
  if (input === undefined)
    throw onnxError('ERR_RANGE', `the model has no input '${name ?? ''}', its inputs are ${known}`, {
      hint: 'name the input that is normalized',
    });
  const dims = input.type?.kind === 'tensor' ? input.type.dims : undefined;
  if (dims === undefined) throw onnxError('ERR_UNSUPPORTED', `the rank of input '${input.name}' is not known`);
  return { name: input.name, rank: dims.length };
}

/**
 * A new model that takes raw values where the given one takes normalized ones. It computes the same up to the rounding of
 * float32, padded borders included: where a layer pads with zeros, which raw values are not, the shift gets a channel of its own.
 * @throws ERR_UNSUPPORTED if the input goes into anything but layers with constant weights; ERR_SHAPE, ERR_RANGE
 */
export function foldInputNormalization(model: Model, normalization: InputNormalization): Model {
  const edit = new GraphEdit(model.clone());
  for (const pass of [constantsToInitializers, nameNodes, normalGemm, matMulToGemm]) pass(edit);
  edit.nodes();
  const { name, rank } = inputOf(edit.model, normalization.input);
  const { layout } = normalization;
  for (const { layer, axis } of firstLayers(edit, name, rank)) {
    if (layout !== undefined && axis !== (layout === 'nchw' ? 1 : rank - 1))
      throw onnxError(
        'ERR_SHAPE',
        `${layer.node.label} has its channels along axis ${axis} of '${name}', not as ${layout}`,
        {
          node: layer.node.name,
          tensor: name,
        },
      );
    foldInto(edit, layer, normalizationFor(normalization, layer.inputs));
  }
  edit.flush();
  return edit.model;
}
