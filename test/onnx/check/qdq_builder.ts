// Builds small quantized models, one Q/DQ node at a time, so that tests can break one rule each.
import {
  type Attribute,
  attribute,
  type Dim,
  type ElementType,
  Graph,
  Model,
  ModelTensor,
  Node,
  type NumericType,
  type ValueInfo,
} from '../../../lib/onnx';
import { waves } from '../micro_graph';

export type Params = {
  readonly type?: NumericType;
  readonly scale?: number;
  /** null: the input is left out. */
  readonly zero?: number | null;
  /** Scale and zero point as [1] instead of []. */
  readonly asVector?: boolean;
};

export interface WeightOptions {
  readonly type?: NumericType;
  /** Per channel along this axis. */
  readonly axis?: number;
  readonly block?: number;
  readonly scale?: number;
  readonly zero?: number | null;
  /** As a float constant behind a Q. */
  readonly float?: boolean;
}

type Plain = number | readonly number[] | string | Attribute;

function attributeOf(value: Plain): Attribute {
  if (typeof value === 'number') return Number.isInteger(value) ? attribute.int(value) : attribute.float(value);
  if (typeof value === 'string') return attribute.string(value);
  return Array.isArray(value) ? attribute.ints(value as number[]) : (value as Attribute);
}

/** Integers of a type, 4-bit ones two a byte. */
export function integers(type: NumericType, dims: readonly number[], values: readonly number[]): ModelTensor {
  const arrays = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array };
  if (type in arrays) return ModelTensor.of(type, dims, arrays[type as 'int8'].from(values));
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  values.forEach((value, i) => {
    bytes[i >> 1] = (bytes[i >> 1] ?? 0) | ((value & 15) << (4 * (i & 1)));
  });
  return ModelTensor.of(type, dims, bytes);
}

const LIMIT: Partial<Record<NumericType, number>> = {
  int4: 7,
  uint4: 15,
  int8: 127,
  uint8: 255,
  int16: 1000,
  uint16: 1000,
};

export class QdqBuilder {
  readonly graph = new Graph({});
  readonly opset: number;
  #count = 0;

  constructor(opset = 17) {
    this.opset = opset;
  }

  name(base: string): string {
    this.#count += 1;
    return `${base}${this.#count}`;
  }

  input(dims: readonly Dim[], elementType: ElementType = 'float32', name = this.name('x')): string {
    this.graph.inputs.push({ name, type: { kind: 'tensor', elementType, dims } });
    return name;
  }

  constant(tensor: ModelTensor, name = this.name('c')): string {
    this.graph.initializers.set(name, tensor);
    return name;
  }

  floats(dims: readonly number[], values?: readonly number[]): string {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.constant(ModelTensor.of('float32', dims, Float32Array.from(values ?? waves(count, this.#count + 1))));
  }

  int64(values: readonly number[]): string {
    return this.constant(ModelTensor.of('int64', [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** Appends a node; gives its first output. Further outputs are named after it with ':1' and so on. */
  op(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Plain>> = {}, outputs = 1): string {
    const output = this.name(`${opType.toLowerCase()}_`);
    const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? output : `${output}:${i}`));
    const { domain = '', ...rest } = attributes;
    const entries = Object.entries(rest).map(([name, value]) => [name, attributeOf(value)] as const);
    this.graph.nodes.push(
      new Node({
        opType,
        domain: domain as string,
        name: `${output}_node`,
        inputs,
        outputs: names,
        attributes: Object.fromEntries(entries),
      }),
    );
    return output;
  }

  #params({ type = 'uint8', scale = 0.02, zero = type.startsWith('u') ? 100 : 0, asVector = false }: Params): string[] {
    const dims = asVector ? [1] : [];
    const names = [this.constant(ModelTensor.of('float32', dims, Float32Array.of(scale)))];
    if (zero !== null) names.push(this.constant(integers(type, dims, [zero])));
    return names;
  }

  q(x: string, params: Params = {}): string {
    return this.op('QuantizeLinear', [x, ...this.#params(params)]);
  }

  dq(x: string, params: Params = {}): string {
    return this.op('DequantizeLinear', [x, ...this.#params(params)]);
  }

  /** x through a Q and a DQ. */
  qdq(x: string, params: Params = {}): string {
    return this.dq(this.q(x, params), params);
  }

  /** Constant integers behind a DQ. */
  weight(dims: readonly number[], options: WeightOptions = {}): string {
    const { type = 'int8', axis, block, scale = 0.01, zero = 0, float = false } = options;
    const count = dims.reduce((product, dim) => product * dim, 1);
    const limit = LIMIT[type] ?? 100;
    const least = type.startsWith('u') ? 0 : -limit;
    const values = Array.from(waves(count, this.#count + 1), (value) =>
      Math.round(least + ((value + 1) / 2) * (limit - least)),
    );
    const shape =
      axis === undefined
        ? []
        : block === undefined
          ? [dims[axis] as number]
          : dims.map((dim, i) => (i === axis ? Math.ceil(dim / block) : dim));
    const size = shape.reduce((product, dim) => product * dim, 1);
    const scales = this.constant(
      ModelTensor.of(
        'float32',
        shape,
        Float32Array.from({ length: size }, (_, i) => scale * (1 + i / 16)),
      ),
    );
    const zeros = zero === null ? [] : [this.constant(integers(type, shape, new Array<number>(size).fill(zero)))];
    const attributes = {
      ...(axis === undefined ? {} : { axis }),
      ...(block === undefined ? {} : { block_size: block }),
    };
    const source = float
      ? this.op('QuantizeLinear', [this.floats(dims), scales, ...zeros], attributes)
      : this.constant(integers(type, dims, values));
    return this.op('DequantizeLinear', [source, scales, ...zeros], attributes);
  }

  /** An int32 bias behind a DQ whose scales are 0.02 × those of `weight({ scale: 0.01 })`, times `error`. */
  bias(
    n: number,
    { perChannel = false, error = 1, zero = 0 }: { perChannel?: boolean; error?: number; zero?: number } = {},
  ): string {
    const shape = perChannel ? [n] : [];
    const size = perChannel ? n : 1;
    const factor = Math.fround(0.02);
    const scales = Float32Array.from({ length: size }, (_, i) => factor * Math.fround(0.01 * (1 + i / 16)) * error);
    const inputs = [
      this.constant(
        integers(
          'int32',
          [n],
          Array.from({ length: n }, (_, i) => i * 50 - 100),
        ),
      ),
      this.constant(ModelTensor.of('float32', shape, scales)),
      this.constant(integers('int32', shape, new Array<number>(size).fill(zero))),
    ];
    return this.op('DequantizeLinear', inputs, perChannel ? { axis: 0 } : {});
  }

  conv(x: string, weight: string, bias?: string): string {
    return this.op('Conv', bias === undefined ? [x, weight] : [x, weight, bias], { pads: [1, 1, 1, 1] });
  }

  model(outputs: readonly (string | ValueInfo)[]): Model {
    for (const output of outputs)
      this.graph.outputs.push(
        typeof output === 'string'
          ? { name: output, type: { kind: 'tensor', elementType: 'float32', dims: undefined } }
          : output,
      );
    const opsets = new Map([
      ['', this.opset],
      ['com.microsoft', 1],
    ]);
    return new Model({ graph: this.graph, opsets, irVersion: this.opset >= 21 ? 10 : 8 });
  }
}
