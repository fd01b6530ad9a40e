// Residuals before layer normalizations become Sum, others stay Add.
import { expect, it } from 'vitest';
import { sumResiduals } from '../../../lib/onnx/rewrite';
import { microModel, node, opTypes, random, relativeError, runModel, value, wavesFor } from '../micro_graph';
import { optimizedOps } from '../optimized_graph';

const INPUTS = [value('x', [2, 3, 8]), value('z', [2, 3, 8])];
const CONSTANTS = { g: random([8]), b: random([8], 2) };

it('keeps LayerNormalization from becoming SkipLayerNormalization', async () => {
  const nodes = [node('Relu x -> r'), node('Add r,z -> s'), node('LayerNormalization s,g,b -> y')];
  const model = microModel({ nodes, inputs: INPUTS, constants: CONSTANTS });
  expect(await optimizedOps(model)).toHaveProperty('SkipLayerNormalization', 1);
  const feeds = wavesFor({ x: [2, 3, 8], z: [2, 3, 8] });
  const { y: expected } = await runModel(model, feeds);
  expect(sumResiduals(model.graph, 17)).toBe(1);
  expect(opTypes(model)).toEqual(['Relu', 'Sum', 'LayerNormalization']);
  expect(await optimizedOps(model)).toEqual({ Relu: 1, Sum: 1, LayerNormalization: 1 });
  expect(relativeError(expected!, (await runModel(model, feeds)).y!)).toBe(0);
});

it.each([
  ['a bias', [node('Add x,b -> s'), node('LayerNormalization s,g -> y')], 17, 0],
  ['another reader', [node('Add x,z -> s'), node('Relu s -> y')], 17, 0],
  ['an old opset', [node('Add x,z -> s'), node('ReduceMean s -> m'), node('Sub s,m -> y')], 7, 0],
  ['a normalization in its parts', [node('Add x,z -> s'), node('ReduceMean s -> m'), node('Sub s,m -> y')], 13, 1],
] as const)('%s', (_, nodes, opset, count) => {
  const model = microModel({ nodes, inputs: INPUTS, constants: CONSTANTS, opset });
  expect(sumResiduals(model.graph, opset)).toBe(count);
});
