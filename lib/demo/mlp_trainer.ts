// Trains a multilayer perceptron: ReLU, softmax cross-entropy, Adam with decoupled weight decay, float32 throughout.
// All products go through matmulFloat32. The results depend on the seed, the data and the order of steps alone; only
// Math.exp and Math.log could differ between JavaScript engines.
import { matmulFloat32 } from '../matmul';
import type { Random } from '../statistics';
import { Tensor } from '../tensor';

/** A parameter and the two running means of Adam. */
interface Parameter {
  readonly values: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** [inputs, outputs] */
  readonly weight: Parameter;
  readonly bias: Parameter;
}

type Matrix = Tensor<'float32'>;

const BETA = { mean: 0.9, square: 0.999 } as const;

function createParameter(values: Float32Array): Parameter {
  return { values, mean: new Float32Array(values.length), square: new Float32Array(values.length) };
}

const toMatrix = (data: Float32Array, rows: number, columns: number): Matrix =>
  new Tensor('float32', data, [rows, columns]);

function transpose(data: Float32Array, rows: number, columns: number): Matrix {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] ?? 0;
  return toMatrix(out, columns, rows);
}

/** Turns logits [rows, classes] into the gradient of the mean cross-entropy, in place; returns the loss summed over rows. */
export function softmaxGradient(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const z = logits.subarray(row * classes, (row + 1) * classes);
    const top = z.reduce((a, b) => Math.max(a, b));
    const sum = z.reduce((total, value) => total + Math.exp(value - top), 0);
    loss += Math.log(sum) + top - (z[label] ?? 0);
    for (const [j, value] of z.entries()) z[j] = (Math.exp(value - top) / sum - Number(j === label)) / labels.length;
  }
  return loss;
}

/** A perceptron in training. */
export class MlpTrainer {
  private readonly layers: readonly Layer[];
  private power = { mean: 1, square: 1 };

  /**
   * @param widths inputs, hidden layers, classes; each at least 1
   * @param random gives the initial weights, spread as He et al. advise; biases start at 0
   * @param decay share of each weight that a step of rate 1 would take off
   */
  constructor(
    widths: readonly number[],
    random: Random,
    private readonly decay: number,
  ) {
    this.layers = widths.slice(1).map((outputs, i) => {
      const inputs = widths[i] ?? 0;
      const spread = Math.sqrt(2 / inputs);
      const weight = Float32Array.from({ length: inputs * outputs }, () => spread * random.normal());
      return { inputs, outputs, weight: createParameter(weight), bias: createParameter(new Float32Array(outputs)) };
    });
  }

  /** Each layer's weight [outputs, inputs] and bias [outputs]. */
  tensors(): { weight: Matrix; bias: Matrix }[] {
    return this.layers.map(({ inputs, outputs, weight, bias }) => ({
      weight: transpose(weight.values, inputs, outputs),
      bias: new Tensor('float32', bias.values.slice(), [outputs]),
    }));
  }

  /** Logits [rows, classes] of features [rows, inputs]. */
  predict(features: Float32Array): Float32Array {
    return this.forward(features).at(-1) ?? features;
  }

  /** One step of Adam on a batch: features [rows, inputs], labels [rows]. Returns the loss summed over the rows. */
  step(features: Float32Array, labels: Int32Array, rate: number): number {
    const values = this.forward(features);
    const loss = softmaxGradient(values.at(-1) ?? features, labels);
    const gradients = this.backward(values, labels.length);
    this.power = { mean: this.power.mean * BETA.mean, square: this.power.square * BETA.square };
    for (const [i, { weight, bias }] of this.layers.entries()) {
      this.update(weight, gradients[i]?.weight, rate, this.decay);
      this.update(bias, gradients[i]?.bias, rate, 0);
    }
    return loss;
  }

  /** What goes into each layer, and what comes out of the last. */
  private forward(features: Float32Array): Float32Array[] {
    const values = [features];
    for (const [i, { inputs, outputs, weight, bias }] of this.layers.entries()) {
      const x = values[i] ?? features;
      const y = matmulFloat32(toMatrix(x, x.length / inputs, inputs), toMatrix(weight.values, inputs, outputs)).data;
      const floor = i + 1 < this.layers.length ? 0 : Number.NEGATIVE_INFINITY;
      for (let j = 0; j < y.length; j++) y[j] = Math.max((y[j] ?? 0) + (bias.values[j % outputs] ?? 0), floor);
      values.push(y);
    }
    return values;
  }

  /** Gradients of each layer; the last of `values` is the gradient of the logits. */
  private backward(values: readonly Float32Array[], rows: number): { weight: Float32Array; bias: Float32Array }[] {
    const gradients: { weight: Float32Array; bias: Float32Array }[] = [];
    let delta = values.at(-1) ?? new Float32Array(0);
    for (const [i, { inputs, outputs, weight }] of [...this.layers.entries()].reverse()) {
      const x = values[i] ?? delta;
      const output = toMatrix(delta, rows, outputs);
      const bias = new Float32Array(outputs);
      for (let j = 0; j < delta.length; j++) bias[j % outputs] = (bias[j % outputs] ?? 0) + (delta[j] ?? 0);
      gradients[i] = { weight: matmulFloat32(transpose(x, rows, inputs), output).data, bias };
      if (i === 0) break;
      delta = matmulFloat32(output, transpose(weight.values, inputs, outputs)).data;
      for (let j = 0; j < delta.length; j++) if ((x[j] ?? 0) <= 0) delta[j] = 0;
    }
    return gradients;
  }

  private update(
    { values, mean, square }: Parameter,
    gradient: Float32Array | undefined,
    rate: number,
    decay: number,
  ): void {
    const correctMean = 1 / (1 - this.power.mean);
    const correctSquare = 1 / (1 - this.power.square);
    for (let i = 0; i < values.length; i++) {
      const g = gradient?.[i] ?? 0;
      const m = BETA.mean * (mean[i] ?? 0) + (1 - BETA.mean) * g;
      const s = BETA.square * (square[i] ?? 0) + (1 - BETA.square) * g * g;
      mean[i] = m;
      square[i] = s;
      const value = values[i] ?? 0;
      values[i] = value - rate * ((m * correctMean) / (Math.sqrt(s * correctSquare) + 1e-8) + decay * value);
    }
  }
}
