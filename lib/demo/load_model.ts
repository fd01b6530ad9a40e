// A multilayer perceptron from a safetensors file: which tensors are its layers, in which order, and whether they fit.
import { type AnyOctavoError, makeError } from '../errors';
import { fileError } from '../files/file_access';
import { readSafetensors, type Safetensors } from '../safetensors';
import type { Tensor } from '../tensor';
import { show } from '../validate';

/** One fully connected layer. */
export interface DenseLayer {
  /** What its tensors' names have in common, for example "layers.0". */
  readonly name: string;
  /** [outputs, inputs] */
  readonly weight: Tensor<'float32'>;
  /** [outputs] */
  readonly bias: Tensor<'float32'> | undefined;
}

/** Fully connected layers with ReLU between them. */
export interface Model {
  readonly file: string;
  readonly layers: readonly DenseLayer[];
  /** Number of inputs, of each layer's outputs; the last is the number of classes. */
  readonly widths: readonly number[];
  /** What integer features are multiplied with, if the file says (metadata `input_scale`). */
  readonly inputScale: number | undefined;
}

/** Orders names as people do: "layers.2" before "layers.10". */
export function compareNaturally(a: string, b: string): number {
  const x: string[] = a.match(/\d+|\D+/g) ?? [];
  const y: string[] = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const [p = '', q = ''] = [x[i], y[i]];
    const bothNumbers = /^\d/.test(p) && /^\d/.test(q);
    const order = bothNumbers ? Number(p) - Number(q) || p.length - q.length : Number(p > q) - Number(p < q);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

interface Parts {
  weight?: Tensor<'float32'>;
  bias?: Tensor<'float32'>;
}

type Fail = (fault: string) => AnyOctavoError;

function checkValues(name: string, tensor: Tensor, fail: Fail): Tensor<'float32'> {
  if (tensor.type !== 'float32') throw fail(`tensor ${show(name)} is ${tensor.type}, expected float32`);
  const float32 = tensor as Tensor<'float32'>;
  if (!float32.data.every(Number.isFinite)) throw fail(`tensor ${show(name)} has a value that is not finite`);
  return float32;
}

function groupTensors(tensors: Safetensors['tensors'], fail: Fail): Map<string, Parts> {
  const groups = new Map<string, Parts>();
  for (const [name, tensor] of tensors) {
    const [, layer = '', part] = /^(?:(.*)\.)?(weight|bias)$/s.exec(name) ?? [];
    if (part === undefined) throw fail(`tensor ${show(name)} is not named <layer>.weight or <layer>.bias`);
    const parts = groups.get(layer) ?? {};
    parts[part as keyof Parts] = checkValues(name, tensor, fail);
    groups.set(layer, parts);
  }
  return groups;
}

function checkLayer(name: string, { weight, bias }: Parts, fail: Fail): DenseLayer {
  if (weight === undefined) throw fail(`layer ${show(name)} has a bias and no weight`);
  if (weight.dims.length !== 2 || weight.dims.includes(0))
    throw fail(`the weight of layer ${show(name)} is [${weight.dims.join(', ')}], expected [outputs, inputs]`);
  if (bias !== undefined && (bias.dims.length !== 1 || bias.dims[0] !== weight.dims[0]))
    throw fail(`the bias of layer ${show(name)} is [${bias.dims.join(', ')}], expected [${weight.dims[0]}]`);
  return { name, weight, bias };
}

function checkChain(layers: readonly DenseLayer[], fail: Fail): number[] {
  const widths = [layers[0]?.weight.dims[1] ?? 0];
  for (const { name, weight } of layers) {
    const [outputs = 0, inputs = 0] = weight.dims;
    const previous = widths.at(-1);
    if (inputs !== previous)
      throw fail(`layer ${show(name)} takes ${inputs} inputs, the layer before it has ${previous} outputs`);
    widths.push(outputs);
  }
  return widths;
}

function parseInputScale(text: string | undefined, fail: Fail): number | undefined {
  if (text === undefined) return undefined;
  const scale = Number(text);
  if (text.trim() === '' || !Number.isFinite(scale) || scale <= 0)
    throw fail(`its metadata input_scale is ${show(text)}, expected a number above 0`);
  return scale;
}

/**
 * Loads a model. Layers are pairs `<layer>.weight` [outputs, inputs] and `<layer>.bias` [outputs] (optional) of float32,
 * in the natural order of their names, each with as many inputs as the one before has outputs.
 * @throws ERR_FILE if the file cannot be read, or holds anything else
 */
export function loadModel(file: string): Model {
  const { tensors, metadata } = readSafetensors(file);
  const fail: Fail = (fault) => fileError(file, fault);
  const groups = groupTensors(tensors, fail);
  if (groups.size === 0) throw fail('it holds no tensors');
  const names = [...groups.keys()].sort(compareNaturally);
  const layers = names.map((name) => checkLayer(name, groups.get(name) ?? {}, fail));
  const inputScale = parseInputScale(metadata.get('input_scale'), fail);
  return { file, layers, widths: checkChain(layers, fail), inputScale };
}

/** Throws ERR_SHAPE if a data set's rows are not what the model takes, or its labels not what it answers. */
export function checkFits(model: Model, data: { source: string; width: number; labels: Int32Array }): void {
  const inputs = model.widths[0] ?? 0;
  const classes = model.widths.at(-1) ?? 0;
  if (data.width !== inputs)
    throw makeError('ERR_SHAPE', `${model.file} takes ${inputs} features an image, ${data.source} has ${data.width}`);
  const label = data.labels.find((value) => value >= classes);
  if (label !== undefined)
    throw makeError(
      'ERR_RANGE',
      `${model.file} knows the classes 0 to ${classes - 1}, ${data.source} has the label ${label}`,
    );
}
