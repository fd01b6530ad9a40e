// Matrices that a model holds twice are stored once.
import { expect, it } from 'vitest';
import { tieWeights, transposeMatrix } from '../../../lib/onnx/rewrite';
import { floats, microModel, node, opTypes, random, relativeError, runModel, value, wavesFor } from '../micro_graph';

const [ROWS, COLUMNS] = [48, 32];
const MATRIX = random([ROWS, COLUMNS]);
const COPY = floats([ROWS, COLUMNS], MATRIX.floats());
const TRANSPOSE = floats([COLUMNS, ROWS], transposeMatrix(MATRIX.floats(), ROWS, COLUMNS));

const modelOf = (constants: Record<string, ReturnType<typeof random>>) =>
  microModel({
    nodes: [node('MatMul x,a -> s'), node('MatMul s,b -> t'), node('MatMul t,c -> y')],
    inputs: [value('x', [2, ROWS])],
    constants,
  });

it('copies and transposes', async () => {
  const model = modelOf({ a: MATRIX, b: TRANSPOSE, c: COPY });
  const feeds = wavesFor({ x: [2, ROWS] });
  const { y: expected } = await runModel(model, feeds);
  expect(tieWeights(model.graph)).toEqual([
    "'b' is the transpose of 'a' and stored with it",
    "'c' is the copy of 'a' and stored with it",
  ]);
  expect([...model.graph.initializers.keys()]).toEqual(['a']);
  expect(opTypes(model).slice(0, 2)).toEqual(['Transpose', 'Identity']);
  expect(relativeError(expected!, (await runModel(model, feeds)).y!)).toBeLessThan(1e-6);
});

it('tells one different value', () => {
  for (const at of [0, 777, ROWS * COLUMNS - 1])
    for (const [name, tensor] of [
      ['b', TRANSPOSE],
      ['c', COPY],
    ] as const) {
      const changed = tensor.floats().slice();
      changed[at]! += 1e-3;
      const others = { a: MATRIX, b: random([COLUMNS, ROWS], 5), c: random([ROWS, COLUMNS], 7) };
      const model = modelOf({ ...others, [name]: floats(tensor.dims, changed) });
      expect(tieWeights(model.graph)).toEqual([]);
      expect(opTypes(model)).toEqual(['MatMul', 'MatMul', 'MatMul']);
    }
});

it('symmetric matrices are copies, small ones are left alone', () => {
  const symmetric = floats(
    [40, 40],
    Float32Array.from({ length: 1600 }, (_, i) => Math.min(i % 40, Math.floor(i / 40))),
  );
  const model = microModel({
    nodes: [node('MatMul x,a -> s'), node('MatMul s,b -> y')],
    inputs: [value('x', [2, 40])],
    constants: { a: symmetric, b: floats([40, 40], symmetric.floats()), c: random([3, 3]), d: random([3, 3]) },
  });
  expect(tieWeights(model.graph)).toEqual(["'b' is the copy of 'a' and stored with it"]);
});
