// Builds ONNX models with random weights, layer by layer. The same seed gives the same bytes everywhere.

import {
  type Attribute,
  attribute,
  type Dim,
  type ElementType,
  Graph,
  Model,
  ModelTensor,
  Node,
  type ValueInfo,
} from '../../../lib/onnx';
import { Random } from '../../../lib/statistics';
import { productOf } from '../../../lib/tensor/tensor';

export type Attributes = Readonly<Record<string, Attribute>>;

/** Shape and hyperparameters of a convolution over NCHW. */
export interface ConvShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Multiplies He's standard deviation; residual branches take less than 1, so that sums do not grow. */
  readonly gain?: number;
}

const info = (name: string, elementType: ElementType, dims: readonly Dim[]): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType, dims },
});

export class GraphBuilder {
  readonly #graph = new Graph({ name: 'random_weights' });
  readonly #random: Random;
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  input(name: string, elementType: ElementType, dims: readonly Dim[]): string {
    this.#graph.inputs.push(info(name, elementType, dims));
    return name;
  }

  constant(name: string, tensor: ModelTensor): string {
    this.#graph.initializers.set(name, tensor);
    return name;
  }

  floats(name: string, values: readonly number[], dims: readonly number[] = []): string {
    return this.constant(name, ModelTensor.of('float32', dims, Float32Array.from(values)));
  }

  integers(name: string, values: readonly number[]): string {
    return this.constant(name, ModelTensor.of('int64', [values.length], BigInt64Array.from(values.map(BigInt))));
  }

  /** Values that are nearly normal, within ±3.47 standard deviations. */
  normal(name: string, dims: readonly number[], deviation: number): string {
    const values = new Float32Array(productOf(dims));
    for (let i = 0; i < values.length; i++) values[i] = this.#random.normal() * deviation;
    return this.constant(name, ModelTensor.of('float32', dims, values));
  }

  /** Appends a node; gives the name of its output. */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const count = this.#counts.get(opType) ?? 0;
    this.#counts.set(opType, count + 1);
    const name = `${opType.toLowerCase()}_${count}`;
    const output = `${name}_out`;
    this.#graph.nodes.push(new Node({ name, opType, inputs, outputs: [output], attributes }));
    return output;
  }

  /** A convolution with bias and "same" padding, He-initialized for a ReLU behind it. */
  conv(input: string, { inputs, outputs, kernel, stride = 1, groups = 1, gain = 1 }: ConvShape): string {
    const layer = `conv_${this.#counts.get('Conv') ?? 0}`;
    const fanIn = (inputs / groups) * kernel * kernel;
    const weight = this.normal(
      `${layer}.weight`,
      [outputs, inputs / groups, kernel, kernel],
      gain * Math.sqrt(2 / fanIn),
    );
    const bias = this.normal(`${layer}.bias`, [outputs], 0.05);
    return this.node('Conv', [input, weight, bias], {
      kernel_shape: attribute.ints([kernel, kernel]),
      strides: attribute.ints([stride, stride]),
      pads: attribute.ints(Array.from({ length: 4 }, () => (kernel - 1) >> 1)),
      group: attribute.int(groups),
    });
  }

  convRelu(input: string, shape: ConvShape): string {
    return this.node('Relu', [this.conv(input, shape)]);
  }

  /** A fully connected layer as a Gemm with transB, as PyTorch exports nn.Linear behind a flatten. */
  gemm(input: string, inputs: number, outputs: number): string {
    const layer = `gemm_${this.#counts.get('Gemm') ?? 0}`;
    const weight = this.normal(`${layer}.weight`, [outputs, inputs], Math.sqrt(2 / inputs));
    const bias = this.normal(`${layer}.bias`, [outputs], 0.05);
    return this.node('Gemm', [input, weight, bias], { transB: attribute.int(1) });
  }

  /** The model whose outputs are these tensors, all float32. */
  model(outputs: Readonly<Record<string, readonly Dim[]>>, opset: number): Model {
    for (const [name, dims] of Object.entries(outputs)) this.#graph.outputs.push(info(name, 'float32', dims));
    return new Model({
      graph: this.#graph,
      opsets: new Map([['', opset]]),
      irVersion: 8,
      producer: { name: 'octavo-bench', version: '1' },
    });
  }
}
