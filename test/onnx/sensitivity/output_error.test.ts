import { expect, it } from 'vitest';
import type { Feeds, Model } from '../../../lib/onnx';
import { OutputError } from '../../../lib/onnx/sensitivity';
import { integerModel, quantizedModel } from '../compare/quantized_models';
import { floats, layerModel } from '../execute/tiny_models';

const SAMPLES: readonly Feeds[] = [{ x: floats([1, 2], 1.2, 2) }, { x: floats([2, 2], 0, 0.2, 3, -1) }];

it('is the SQNR of the outputs, over all samples', async () => {
  const error = new OutputError(layerModel(), SAMPLES);
  expect(await error.score(layerModel())).toBe(Number.POSITIVE_INFINITY);
  const found = await error.score(quantizedModel());
  // y of the float model, and what the steps of 0.5 and 0.25 make of it.
  const pairs = [
    [9.7, 9.5],
    [0, 0],
    [16.6, 16],
    [1.3, 0.5],
    [0, 0],
    [2.2, 1],
    [0, 0],
    [0, 0],
    [4, 4],
  ] as const;
  const signal = pairs.reduce((sum, [x]) => sum + x * x, 0);
  const noise = pairs.reduce((sum, [x, y]) => sum + (x - y) ** 2, 0);
  expect(found).toBeCloseTo(10 * Math.log10(signal / noise), 4);
  expect(await error.score(quantizedModel())).toBe(found);
  await error.dispose();
});

it('weighs every output by its own signal', async () => {
  const two = (model: Model): Model => {
    model.graph.outputs.push({ name: 'h', type: undefined });
    return model;
  };
  const alone = async (index: number) => {
    const pick = (model: Model): Model => {
      model.graph.outputs = [two(model).graph.outputs[index]!];
      return model;
    };
    return new OutputError(pick(layerModel()), SAMPLES).score(pick(quantizedModel()));
  };
  const both = await new OutputError(two(layerModel()), SAMPLES).score(two(quantizedModel()));
  const mean = (10 ** (-(await alone(0)) / 10) + 10 ** (-(await alone(1)) / 10)) / 2;
  expect(both).toBeCloseTo(-10 * Math.log10(mean), 9);
});

it('needs outputs in common, of floats', async () => {
  await expect(new OutputError(layerModel(), SAMPLES).score(integerModel())).rejects.toMatchObject({
    code: 'ERR_RANGE',
  });
});
