// Collects the nodes and constants of the quantized graph, under names of their own.
import type { ByteType } from '../../quantize';
import { attribute, codeOf, type ElementType, type Graph, ModelTensor, Node, type NodeParts } from '../model';

export interface QuantizedNames {
  readonly quantized: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** What scale and zero point become as constants; an absent zero point is 0. */
export interface ParamTensors {
  readonly scale: ModelTensor;
  readonly zeroPoint: ModelTensor | undefined;
}

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, ModelTensor>;
  readonly #taken: Set<string>;

  constructor(graph: Graph) {
    this.initializers = new Map(graph.initializers);
    this.#taken = new Set(this.initializers.keys());
    for (const { name } of graph.inputs) this.#taken.add(name);
    for (const node of graph.nodes) for (const name of node.outputs) this.#taken.add(name);
  }

  /** A name that nothing else has: `wanted`, or with a number behind it. */
  claim(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }

  /** Adds a constant under a new name. */
  constant(wanted: string, tensor: ModelTensor): string {
    const name = this.claim(wanted);
    this.initializers.set(name, tensor);
    return name;
  }

  /** Adds scale and zero point of a tensor; '' stands for an absent zero point. */
  params(of: string, { scale, zeroPoint }: ParamTensors): { scale: string; zeroPoint: string } {
    return {
      scale: this.constant(`${of}_scale`, scale),
      zeroPoint: zeroPoint === undefined ? '' : this.constant(`${of}_zero_point`, zeroPoint),
    };
  }

  quantize(real: string, { quantized, scale, zeroPoint }: QuantizedNames): void {
    this.#add('QuantizeLinear', [real, scale, zeroPoint], quantized);
  }

  dequantize({ quantized, scale, zeroPoint }: QuantizedNames, real: string, axis?: number): void {
    this.#add('DequantizeLinear', [quantized, scale, zeroPoint], real, axis);
  }

  /** The same values in the other type of 8 bits, `type`: 128 up or down, in int32. Scales stay, zero points move along. */
  shiftSign(from: string, to: string, type: ByteType): void {
    const [wide, shifted] = [this.claim(`${to}_wide`), this.claim(`${to}_shifted`)];
    const by = type === 'uint8' ? 128 : -128;
    const offset = this.constant(`${to}_offset`, ModelTensor.scalar('int32', Int32Array.of(by)));
    this.#node('Cast', [from], wide, castTo('int32'));
    this.#node('Add', [wide, offset], shifted);
    this.#node('Cast', [shifted], to, castTo(type));
  }

  /** What a Gather reads from a table of integers with one scale a row, as real numbers. */
  gatherRows(gather: Node, { quantized }: QuantizedNames, scale: Float32Array): void {
    const [ids, output] = [gather.inputs[1]!, gather.outputs[0]!];
    const [rows, real, scales] = ['gathered', 'real', 'scales'].map((part) => this.claim(`${output}_${part}`));
    const column = this.constant(`${quantized}_rows_scale`, ModelTensor.of('float32', [scale.length, 1], scale));
    const copy = gather.clone();
    copy.inputs[0] = quantized;
    copy.outputs = [rows!];
    this.nodes.push(copy);
    this.#node('Cast', [rows!], real!, castTo('float32'));
    this.#node('Gather', [column, ids], scales!);
    this.#node('Mul', [real!, scales!], output);
  }

  #node(opType: string, inputs: string[], output: string, attributes: NodeParts['attributes'] = {}): void {
    const name = this.claim(`${output}_${opType}`);
    this.nodes.push(new Node({ opType, name, inputs, outputs: [output], attributes }));
  }

  #add(opType: string, inputs: string[], output: string, axis?: number): void {
    if (inputs.at(-1) === '') inputs.pop();
    const name = this.claim(`${output.replace(/_(de)?quantized(?=(_\d+)?$)/, '')}_${opType}`);
    const attributes = new Map(axis === undefined ? [] : [['axis', attribute.int(axis)]]);
    this.nodes.push(new Node({ opType, name, inputs, outputs: [output], attributes }));
  }
}

const castTo = (type: ElementType) => ({ to: attribute.int(codeOf(type)) });

/** A tensor of one float32 or of as many as the array has. */
export function floatsTensor(values: Float32Array, perTensor: boolean): ModelTensor {
  return ModelTensor.of('float32', perTensor ? [] : [values.length], values);
}
