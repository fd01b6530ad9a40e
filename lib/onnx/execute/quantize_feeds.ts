// Feeds of a float model for one whose inputs became integers.
import { roundHalfToEven } from '../evaluate/numbers';
import {
  allocateArray,
  bitsOf,
  type Feeds,
  GraphIndex,
  type Model,
  type NumericType,
  type TensorValue,
} from '../model';

interface Input {
  readonly type: NumericType;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The first value of a constant; undefined for what is none. */
function valueIn(index: GraphIndex, name: string | undefined): number | undefined {
  const constant = name === undefined || name === '' ? undefined : index.constant(name);
  return constant === undefined || constant.size !== 1 ? undefined : Number(constant.array()[0]);
}

/** Inputs of integers that the model dequantizes before all else, by name. */
function integerInputs(model: Model): ReadonlyMap<string, Input> {
  const index = new GraphIndex(model.graph);
  const found = new Map<string, Input>();
  for (const { name, type } of model.graph.inputs) {
    const reader = index.uses(name).find(({ node, input }) => node.is('DequantizeLinear') && input === 0)?.node;
    const scale = valueIn(index, reader?.inputs[1]);
    if (reader === undefined || scale === undefined || type?.kind !== 'tensor') continue;
    const zeroPoint = valueIn(index, reader.inputs[2]) ?? 0;
    found.set(name, { type: type.elementType as NumericType, scale, zeroPoint });
  }
  return found;
}

function quantized({ dims, data }: TensorValue, { type, scale, zeroPoint }: Input): TensorValue {
  const from = data as Float32Array;
  const result = allocateArray(type, from.length);
  const [low, high] = type.startsWith('u')
    ? [0, 2 ** bitsOf(type) - 1]
    : [-(2 ** (bitsOf(type) - 1)), 2 ** (bitsOf(type) - 1) - 1];
  for (let i = 0; i < from.length; i++)
    result[i] = Math.min(Math.max(roundHalfToEven(Math.fround(from[i]! / scale)) + zeroPoint, low), high);
  return { type, dims, data: result };
}

/** What turns feeds of floats into those of a model: its integer inputs are quantized as it dequantizes them. */
export function feedQuantizer(model: Model): (feeds: Feeds) => Feeds {
  const inputs = integerInputs(model);
  if (inputs.size === 0) return (feeds) => feeds;
  return (feeds) =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, value]) => {
        const input = inputs.get(name);
        return [name, input === undefined || value.type !== 'float32' ? value : quantized(value, input)];
      }),
    );
}
