// Constants are stored in 8 bits only where every value comes back bit for bit.
import { expect, it } from 'vitest';
import { compactConstants } from '../../../lib/onnx/rewrite';
import { floats, microModel, node, runModel, value, waves, wavesFor } from '../micro_graph';

const COUNT = 1200;
const modelOf = (values: ArrayLike<number>) =>
  microModel({
    nodes: [node('Mul c,x -> y')],
    inputs: [value('x', [1])],
    constants: { c: floats([values.length], values) },
  });
const fill = (of: (i: number) => number) => Float32Array.from({ length: COUNT }, (_, i) => of(i));

it.each<[string, Float32Array, readonly [string, number]]>([
  ['masks', fill((i) => (i % 3 === 0 ? -1e9 : 0)), ['bool', -1e9]],
  ['minus infinity', fill((i) => (i % 2 ? 0 : Number.NEGATIVE_INFINITY)), ['bool', Number.NEGATIVE_INFINITY]],
  ['integers', fill((i) => (i % 255) - 127), ['int8', 1]],
  ['multiples of a float', fill((i) => Math.fround(0.1) * ((i % 100) + 1)), ['int8', Math.fround(0.1)]],
  ['zeros', new Float32Array(COUNT), ['int8', 1]],
])('%s', async (_, values, [type, scale]) => {
  const model = modelOf(values);
  expect(compactConstants(model.graph)).toEqual(['c']);
  const constants = model.graph.initializers;
  expect(constants.get('c_q')?.type).toBe(type);
  expect((constants.get('c_scale') ?? constants.get('c_value'))?.floats()[0]).toBe(scale);
  const feeds = wavesFor({ x: [1] });
  const one = { x: { ...feeds.x!, data: Float32Array.of(1) } };
  expect((await runModel(model, one)).y?.data).toEqual(values);
});

it.each([
  ['weights', waves(COUNT)],
  ['all but one value', fill((i) => (i === 700 ? 3.001 : i % 100))],
  ['more levels than a byte has', fill((i) => i % 129)],
  ['-0', fill((i) => (i === 5 ? -0 : 1))],
  ['infinities', fill((i) => (i % 2 ? 5 : Number.NEGATIVE_INFINITY))],
  ['-0 among zeros', fill((i) => (i === 5 ? -0 : i % 2))],
  ['NaN', fill((i) => (i % 2 ? 0 : Number.NaN))],
  ['few values', new Float32Array(9)],
])('not %s', (_, values) => {
  const model = modelOf(values);
  expect(compactConstants(model.graph)).toEqual([]);
  expect([...model.graph.initializers.keys()]).toEqual(['c']);
});
