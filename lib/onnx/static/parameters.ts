// The parameters of everything that is quantized, found once, under the names of their constants.
import type { Sketch } from '../../calibrate';
import type { ByteType, QParams } from '../../quantize';
import type { TensorParams } from '../decisions';
import { ModelTensor, type Node } from '../model';
import { type ActivationParams, activationParams, type Group } from './activation_params';
import { floatsTensor, type GraphBuilder, type QuantizedNames } from './graph_builder';
import type { Plan } from './plan';
import { fitBias, quantizedBias, quantizedWeights, weightParams } from './quantize_weights';
import type { StaticSettings } from './static_options';
import type { Unit } from './unit';

const ARRAYS = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array } as const;

interface Named {
  readonly names: QuantizedNames;
  readonly params: TensorParams;
}

interface NamedWeights extends Named {
  readonly weights: QParams<ByteType>;
}

type Params = QParams<keyof typeof ARRAYS>;

function paramTensors({ type, scale, zeroPoint }: Params) {
  const perTensor = scale.length === 1;
  const zero = ARRAYS[type].from(zeroPoint);
  return {
    scale: floatsTensor(scale, perTensor),
    zeroPoint: ModelTensor.of(type, perTensor ? [] : [zero.length], zero),
  };
}

export class Parameters {
  readonly #plan: Plan;
  readonly #settings: StaticSettings;
  readonly #sketches: ReadonlyMap<string, Sketch>;
  readonly #builder: GraphBuilder;
  readonly #groups = new Map<Group, { scale: string; zeroPoint: string }>();
  readonly #activations = new Map<Group, ActivationParams>();
  readonly #weights = new Map<string, Named>();
  readonly #units = new Map<Unit, NamedWeights>();

  constructor(plan: Plan, settings: StaticSettings, sketches: ReadonlyMap<string, Sketch>, builder: GraphBuilder) {
    this.#plan = plan;
    this.#settings = settings;
    this.#sketches = sketches;
    this.#builder = builder;
  }

  /** Throws ERR_NO_CALIBRATION_DATA. */
  activation(name: string): ActivationParams {
    const group = this.#plan.groups.get(name)!;
    const { index, regions } = this.#plan;
    const known = this.#activations.get(group);
    const params =
      known ?? activationParams(group, { index, regions, sketches: this.#sketches, settings: this.#settings });
    this.#activations.set(group, params);
    return params;
  }

  /** The constants that hold an activation's scale and zero point: one pair for its group. */
  activationNames(name: string): { scale: string; zeroPoint: string } {
    const group = this.#plan.groups.get(name)!;
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const names = this.#builder.params(group.name, paramTensors(this.activation(name)));
    this.#groups.set(group, names);
    return names;
  }

  /** A unit's weights as integers. What several units quantize alike is stored once. */
  weights(unit: Unit): NamedWeights {
    const known = this.#units.get(unit) ?? this.#storeWeights(unit);
    this.#units.set(unit, known);
    return known;
  }

  #storeWeights(unit: Unit): NamedWeights {
    const { node } = unit;
    const name = node.inputs[unit.weight!]!;
    const tensor = this.#plan.index.constant(name)!;
    const weights = this.#weightParams(unit, tensor);
    const params: TensorParams = { ...weights, axis: unit.axis, range: undefined };
    const key = `${name}\n${weights.type}\n${unit.axis}\n${weights.scale.join()}\n${weights.zeroPoint.join()}`;
    const known = this.#settings.roundWeights === undefined ? this.#weights.get(key) : undefined;
    if (known !== undefined) return { ...known, weights };
    const values = quantizedWeights({ node, name, tensor }, weights, this.#settings.roundWeights);
    const quantized = this.#builder.constant(`${name}_quantized`, ModelTensor.of(weights.type, tensor.dims, values));
    const named: Named = { names: { quantized, ...this.#builder.params(name, paramTensors(weights)) }, params };
    this.#weights.set(key, named);
    return { ...named, weights };
  }

  /** A constant operand, quantized per tensor as activations are. */
  operand(node: Node, place: number): Named {
    const { activations, of, weightMethod } = this.#settings;
    const name = node.inputs[place]!;
    const type = (of(node).activations ?? activations.type) === 'int8' ? 'int8' : 'uint8';
    const tensor = this.#plan.index.constant(name)!;
    const symmetric = activations.symmetric;
    const how = { type, symmetric, axis: undefined, method: weightMethod, reduceRange: false } as const;
    const found = weightParams(tensor, how);
    const known = this.#weights.get(`${name}\noperand ${type}`);
    if (known !== undefined) return known;
    const values = quantizedWeights({ node, name, tensor }, found, undefined);
    const quantized = this.#builder.constant(`${name}_quantized`, ModelTensor.of(type, tensor.dims, values));
    const names = { quantized, ...this.#builder.params(name, paramTensors(found)) };
    const named: Named = { names, params: { type, scale: found.scale, zeroPoint: found.zeroPoint } };
    this.#weights.set(`${name}\noperand ${type}`, named);
    return named;
  }

  /** A unit's bias in int32. */
  bias(unit: Unit): Named {
    const { node } = unit;
    const name = node.inputs[unit.bias!]!;
    const tensor = this.#plan.index.constant(name)!;
    const { weights } = this.weights(unit);
    const { values, scale } = quantizedBias(tensor.floats(), weights, this.#inputScale(unit));
    const key = `${name}\nbias\n${scale.join()}`;
    const known = this.#weights.get(key);
    if (known !== undefined) return known;
    const quantized = this.#builder.constant(`${name}_quantized`, ModelTensor.of('int32', [values.length], values));
    const perTensor = scale.length === 1;
    const names = this.#builder.params(name, { scale: floatsTensor(scale, perTensor), zeroPoint: undefined });
    const params: TensorParams = { type: 'int32', scale, zeroPoint: new Int32Array(scale.length), axis: 0 };
    this.#weights.set(key, { names: { quantized, ...names }, params });
    return { names: { quantized, ...names }, params };
  }

  #inputScale(unit: Unit): number {
    return this.activation(unit.node.inputs[unit.activations[0]!]!).scale[0]!;
  }

  #weightParams(unit: Unit, tensor: ModelTensor): QParams<ByteType> {
    const { weights, weightMethod, of, profile } = this.#settings;
    const wish = of(unit.node);
    const perChannel = unit.kind === 'table' || (wish.perChannel ?? weights.perChannel);
    const axis = perChannel ? unit.axis : undefined;
    const reduceRange = wish.reduceRange ?? this.#settings.reduceRange;
    const params = weightParams(tensor, { ...schemeOf(unit, weights), axis, method: weightMethod, reduceRange });
    if (unit.bias === undefined || profile.bias === 'float') return params;
    const bias = this.#plan.index.constant(unit.node.inputs[unit.bias]!)!;
    return fitBias(params, bias.floats(), this.#inputScale(unit));
  }
}

/** Tables are symmetric: their rows become real without a zero point. */
const schemeOf = ({ kind }: Unit, { type, symmetric }: StaticSettings['weights']) =>
  kind === 'table' ? ({ type: 'int8', symmetric: true } as const) : { type, symmetric };
