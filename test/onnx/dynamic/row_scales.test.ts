// Products of gated activations have a scale for each row.
import { expect, it } from 'vitest';
import { quantizeDynamic } from '../../../lib/onnx/dynamic';
import { validateModel } from '../../../lib/onnx/validate';
import { floats, microModel, node, opTypes, random, relativeError, runModel, value, wavesFor } from '../micro_graph';

const K = 12;
const GATED = [
  node('MatMul x,g -> a'),
  node('MatMul x,u -> b'),
  node('Sigmoid a -> s'),
  node('Mul a,s -> silu'),
  node('Mul silu,b -> glu'),
  node('MatMul glu,d -> y'),
];
const CONSTANTS = { g: random([K, 32]), u: random([K, 32], 2), d: random([32, K], 3), half: floats([], [0.5]) };

const countOf = (model: ReturnType<typeof microModel>, opType: string) =>
  opTypes(model).filter((type) => type === opType).length;

it.each([13, 18])('of gated activations, opset %i', async (opset) => {
  const model = microModel({ nodes: GATED, inputs: [value('x', ['n', K])], constants: CONSTANTS, opset });
  const { model: quantized, decisions } = quantizeDynamic(model);
  validateModel(quantized);
  expect(decisions.map(({ node: name, form }) => `${name} ${form}`)).toEqual(['a int8', 'b int8', 'y int8']);
  expect(countOf(quantized, 'ReduceMax')).toBe(1);
  expect(countOf(quantizeDynamic(model, { rowScales: 'all' }).model, 'ReduceMax')).toBe(2);
  expect(countOf(quantizeDynamic(model, { rowScales: 'none' }).model, 'ReduceMax')).toBe(0);
  expect(countOf(quantizeDynamic(model, { exclude: ['y'] }).model, 'ReduceMax')).toBe(0);
  const feeds = wavesFor({ x: [6, K] });
  const x = feeds.x!.data as Float32Array;
  x.fill(0, 0, K); // a row of zeros stays one
  for (let i = 1; i < 6; i++) for (let j = 0; j < K; j++) x[i * K + j]! *= 3 ** (i - 3);
  const run = async (one: typeof model) => (await runModel(one, feeds)).y!;
  const expected = await run(model);
  const actual = await run(quantized);
  expect([...(actual.data as Float32Array).subarray(0, K)]).toEqual(Array(K).fill(0));
  expect(relativeError(expected, actual)).toBeLessThan(0.05);
  // What rows with small values keep, one scale for all rows loses.
  const second = (one: typeof expected) => ({ data: (one.data as Float32Array).slice(K, 2 * K) }) as typeof expected;
  const plain = await run(quantizeDynamic(model, { rowScales: 'none' }).model);
  const all = await run(quantizeDynamic(model, { rowScales: 'all' }).model);
  const [own, shared] = [all, plain].map((one) => relativeError(second(expected), second(one))) as [number, number];
  expect(own).toBeLessThan(shared / 3);
});

it.each([
  ['a normalization', [node('LayerNormalization x,n -> l'), node('Mul l,n -> m'), node('MatMul m,g -> y')]],
  [
    'an activation function in its parts',
    [
      node('MatMul x,g -> a'),
      node('Sigmoid a -> s'),
      node('Mul a,s -> t'),
      node('Mul t,half -> m'),
      node('MatMul m,d -> y'),
    ],
  ],
  ['two inputs', [node('Mul x,x2 -> m'), node('MatMul m,g -> y')]],
])('not of %s', (_, nodes) => {
  const inputs = [value('x', ['n', K]), value('x2', ['n', K])];
  const model = microModel({ nodes, inputs, constants: { ...CONSTANTS, n: random([K], 4) } });
  expect(opTypes(quantizeDynamic(model).model)).not.toContain('ReduceMax');
});

it('refuses a word that it does not know', () => {
  const model = microModel({ nodes: GATED, inputs: [value('x', ['n', K])], constants: CONSTANTS });
  expect(() => quantizeDynamic(model, { rowScales: 'rows' as never })).toThrow(/gated/);
});
