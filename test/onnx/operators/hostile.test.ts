// Nodes whose inputs and attributes make no sense: an error that names the node, or a result that holds together, and soon.
import { describe, expect, it } from 'vitest';
import { isOctavoError } from '../../../lib/errors';
import { evaluateNode } from '../../../lib/onnx/evaluate';
import {
  type Attribute,
  allocateArray,
  byteLengthOf,
  type Node,
  type NumericType,
  type TensorValue,
} from '../../../lib/onnx/model';
import { nodeOf, type Row, values } from './one_node';
import { ELEMENTWISE } from './rows/elementwise_rows';
import { LAYERS } from './rows/layer_rows';
import { MOVES } from './rows/move_rows';
import { QUANTIZED } from './rows/quantized_rows';
import { ints, run, tensor } from './values';

const EXTREMES = [0n, 1n, -1n, 3n, 1000n, 2n ** 31n, -(2n ** 31n), 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n];
const TYPES = ['float32', 'int64', 'int8', 'uint8', 'float16', 'int32', 'bool', 'int4', 'float64'] as const;

/** Repeatable integers in [0, high). */
function dice(seed: number): (high: number) => number {
  let state = seed;
  return (high) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * high);
  };
}

type Dice = ReturnType<typeof dice>;

function filled(type: NumericType, dims: readonly number[], value: (i: number) => number | bigint): TensorValue {
  const data = allocateArray(
    type,
    dims.reduce((product, dim) => product * dim, 1),
  );
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < data.length; i++) {
    const one = value(i);
    (data as Float32Array)[i] = (big ? BigInt(Math.trunc(Number(one) || 0)) : Number(one)) as number;
  }
  return { type, dims, data };
}

function spoiled(value: TensorValue, roll: Dice): TensorValue | undefined {
  const type = value.type as NumericType;
  switch (roll(5)) {
    case 0: {
      const dims =
        value.dims.length === 0 ? [2] : value.dims.with(roll(value.dims.length), [0, 1, 2, 5, 300][roll(5)]!);
      return filled(type, dims, (i) => (value.data[i % Math.max(value.data.length, 1)] ?? 0) as number);
    }
    case 1:
      return { ...value, dims: [1, ...value.dims] };
    case 2:
      return filled(TYPES[roll(TYPES.length)]!, value.dims, () => roll(5) - 1);
    case 3:
      return filled(type, value.dims, (i) =>
        roll(3) === 0 ? EXTREMES[roll(EXTREMES.length)]! : (value.data[i] as number),
      );
    default:
      return undefined;
  }
}

function spoil(node: Node, roll: Dice): void {
  const names = [...node.attributes.keys()];
  if (names.length === 0) return;
  const name = names[roll(names.length)]!;
  const old = node.attributes.get(name)!;
  const extreme = () => EXTREMES[roll(EXTREMES.length)]!;
  const made: Record<string, () => Attribute> = {
    int: () => ({ kind: 'int', value: extreme() }),
    ints: () => ({ kind: 'ints', value: (old.value as bigint[]).map((one) => (roll(2) === 0 ? extreme() : one)) }),
    float: () => ({ kind: 'float', value: [Number.NaN, 0, -1, 1e30, Number.POSITIVE_INFINITY][roll(5)]! }),
  };
  const make = made[old.kind];
  if (make === undefined) node.attributes.delete(name);
  else node.attributes.set(name, make());
}

/** Throws unless a value's data are as long as its type and dims say. */
function expectWhole({ type, dims, data }: TensorValue): void {
  if (type === 'string') return;
  const count = dims.reduce((product, dim) => product * dim, 1);
  expect(data.length).toBe(byteLengthOf(type, count) / allocateArray(type, 0).BYTES_PER_ELEMENT);
}

function attempt(row: Row, opset: number, roll: Dice): 'result' | 'error' {
  const node = nodeOf(row);
  const inputs = [...row.inputs];
  const at = roll(Math.max(inputs.length, 1));
  const value = inputs[at];
  if (roll(3) !== 0 && value !== undefined) inputs[at] = spoiled(value, roll);
  if (roll(3) !== 0) spoil(node, roll);
  try {
    evaluateNode(node, inputs, opset).forEach(expectWhole);
    return 'result';
  } catch (error) {
    if (!isOctavoError(error)) throw error;
    expect((error as { node?: string }).node).toBe('n');
    return 'error';
  }
}

describe('spoiled nodes', () => {
  it.each(Object.entries({ ELEMENTWISE, MOVES, LAYERS, QUANTIZED }))('of %s', (_, rows) => {
    const roll = dice(11);
    const seen = { result: 0, error: 0 };
    for (const row of rows) for (let i = 0; i < 6; i++) seen[attempt(row, row.opsets.at(-1)!, roll)]++;
    expect(Math.min(seen.result, seen.error)).toBeGreaterThan(rows.length / 2);
  });
});

describe('what would take all memory or time is refused', () => {
  const large = 2 ** 31;
  it.each([
    ['Expand', [values([1]), ints(large, large)], {}],
    ['ConstantOfShape', [ints(2 ** 40)], {}],
    ['ConstantOfShape', [ints(0, 2 ** 40)], {}],
    ['Tile', [values([2]), ints(2 ** 40)], {}],
    ['Range', [tensor([], [0]), tensor([], [1e30]), tensor([], [1])], {}],
    ['OneHot', [ints(1), ints(2 ** 40), tensor([2], [0, 1])], {}],
    ['Pad', [values([2]), ints(2 ** 40, 0)], {}],
    ['Resize', [values([1, 1, 2, 2]), undefined, tensor([4], [1, 1, 1e9, 1e9])], {}],
    ['MatMul', [values([2 ** 16, 1]), values([1, 2 ** 16])], {}],
    ['MaxPool', [values([1, 1, 2])], { kernel_shape: [large - 1], pads: [large, large] }],
    ['Conv', [values([1, 1, 2]), values([1, 1, 2])], { pads: [2 ** 40, 0] }],
    ['Split', [values([4])], { num_outputs: large }],
    ['Einsum', Array.from({ length: 6 }, () => values([1000])), { equation: 'a,b,c,d,e,f->' }],
  ] as const)('%s', (op, inputs, attributes) => {
    const row = nodeOf({ op, opsets: [18], inputs, attributes });
    const start = performance.now();
    expect(() => evaluateNode(row, inputs, 18)).toThrow(`${op} 'n'`);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('but what is empty is not', () => {
    expect(run('ConstantOfShape', [ints(0, 3)])[0]!.dims).toEqual([0, 3]);
    expect(run('MatMul', [values([3, 0]), values([0, 2])])[0]).toEqual(tensor([3, 2], [0, 0, 0, 0, 0, 0]));
  });
});
