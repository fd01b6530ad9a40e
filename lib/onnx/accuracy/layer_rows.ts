// What a layer multiplies its weights with: its inputs as rows, of which a bounded sample is taken.
import { makeError } from '../../errors';
import { intsOf, stringOf, type TensorValue } from '../model';
import type { WeightedLayer } from '../prepare';

/** Rows of each group, one after the other; both ways round, as the product of the two is wanted. */
export interface LayerRows {
  readonly count: number;
  /** Values of a row: the weights of one output. */
  readonly length: number;
  /** For each group, [count, length]. */
  readonly rows: readonly Float32Array<ArrayBuffer>[];
}

/** Weights of one output: input channels of a group times the kernel. */
export const rowLength = (layer: WeightedLayer): number => (layer.inputs / layer.groups) * layer.kernel;

/** `most` of `count` indices, evenly spread. */
function spread(count: number, most: number): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}

function matrixRows(layer: WeightedLayer, { data, dims }: TensorValue, most: number): LayerRows {
  const length = layer.inputs;
  const values = data as Float32Array;
  if (dims.at(-1) !== length)
    throw makeError('ERR_SHAPE', `${layer.node.label} got rows of ${dims.at(-1)}, expected ${length}`);
  const chosen = spread(values.length / length, most);
  const rows = new Float32Array(chosen.length * length);
  chosen.forEach((row, i) => {
    rows.set(values.subarray(row * length, (row + 1) * length), i * length);
  });
  return { count: chosen.length, length, rows: [rows] };
}

/** One spatial dimension of a convolution. */
interface Axis {
  readonly length: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

function axesOf({ node, weight }: WeightedLayer, dims: readonly number[]): Axis[] {
  const kernels = weight.dims.slice(2);
  const pads = intsOf(node, 'pads', []);
  const autoPad = stringOf(node, 'auto_pad', 'NOTSET');
  return kernels.map((kernel, i) => {
    const length = dims[i + 2] as number;
    const stride = intsOf(node, 'strides', [])[i] ?? 1;
    const dilation = intsOf(node, 'dilations', [])[i] ?? 1;
    const extent = (kernel - 1) * dilation + 1;
    const axis = { length, kernel, stride, dilation };
    if (autoPad.startsWith('SAME')) {
      const outputs = Math.ceil(length / stride);
      const around = Math.max((outputs - 1) * stride + extent - length, 0);
      return { ...axis, outputs, before: autoPad === 'SAME_LOWER' ? Math.ceil(around / 2) : Math.floor(around / 2) };
    }
    const [before, after] = autoPad === 'VALID' ? [0, 0] : [pads[i] ?? 0, pads[i + kernels.length] ?? 0];
    return { ...axis, before, outputs: Math.floor((length + before + after - extent) / stride) + 1 };
  });
}

/** Splits an index into one for each of `lengths`, the last one fastest. */
function unravel(index: number, lengths: readonly number[]): number[] {
  let rest = index;
  return lengths
    .toReversed()
    .map((length) => {
      const at = rest % length;
      rest = Math.floor(rest / length);
      return at;
    })
    .toReversed();
}

/** Offsets within a picture that the kernel's values lie at for one output; -1 outside. */
function kernelOffsets(axes: readonly Axis[], position: readonly number[]): Int32Array {
  const kernels = axes.map(({ kernel }) => kernel);
  const size = kernels.reduce((product, kernel) => product * kernel, 1);
  return Int32Array.from({ length: size }, (_, k) => {
    let offset = 0;
    for (const [i, at] of unravel(k, kernels).entries()) {
      const { length, stride, dilation, before } = axes[i]!;
      const place = (position[i] as number) * stride + at * dilation - before;
      if (place < 0 || place >= length) return -1;
      offset = offset * length + place;
    }
    return offset;
  });
}

function convRows(layer: WeightedLayer, { data, dims }: TensorValue, most: number): LayerRows {
  const values = data as Float32Array;
  const axes = axesOf(layer, dims);
  const outputs = [dims[0] as number, ...axes.map((axis) => axis.outputs)];
  const picture = axes.reduce((product, { length }) => product * length, 1);
  const chosen = spread(
    outputs.reduce((product, count) => product * count, 1),
    most,
  );
  const [length, channels] = [rowLength(layer), layer.inputs / layer.groups];
  const rows = Array.from({ length: layer.groups }, () => new Float32Array(chosen.length * length));
  chosen.forEach((index, row) => {
    const [n = 0, ...position] = unravel(index, outputs);
    const offsets = kernelOffsets(axes, position);
    for (let c = 0; c < layer.inputs; c++) {
      const target = rows[Math.floor(c / channels)]!;
      const to = row * length + (c % channels) * offsets.length;
      const from = (n * layer.inputs + c) * picture;
      for (let k = 0; k < offsets.length; k++) {
        const offset = offsets[k] as number;
        if (offset >= 0) target[to + k] = values[from + offset] as number;
      }
    }
  });
  return { count: chosen.length, length, rows };
}

/** At most `most` rows of what a Conv, Gemm or MatMul is given. Padding counts as zeros. */
export function layerRows(layer: WeightedLayer, input: TensorValue, most: number): LayerRows {
  return layer.node.is('Conv') ? convRows(layer, input, most) : matrixRows(layer, input, most);
}
