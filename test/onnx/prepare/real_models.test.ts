// Preparing a real model changes no result beyond the rounding of float32, and no name of the outside.
import { expect, it } from 'vitest';
import { modelBytes } from '../../../lib/onnx';
import { prepare } from '../../../lib/onnx/prepare';
import { relativeError, runModel } from '../micro_graph';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';

/** Rounding errors of a few dozen layers. */
const TOLERANCE = 2e-6;

it.for(REAL_MODELS)('keeps the outputs of $name', async (task, { skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model, feeds } = await openRealModel(task);
  const before = modelBytes(model);
  const prepared = prepare(model);
  expect(Buffer.compare(modelBytes(model), before)).toBe(0);
  expect(prepared.model.graph.inputs).toEqual(model.graph.inputs);
  expect(prepared.model.graph.outputs).toEqual(model.graph.outputs);
  const names = prepared.model.graph.nodes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain('');
  const [expected, actual] = [await runModel(model, feeds), await runModel(prepared.model, feeds)];
  for (const { name } of model.graph.outputs)
    expect(relativeError(expected[name]!, actual[name]!)).toBeLessThan(TOLERANCE);
});
