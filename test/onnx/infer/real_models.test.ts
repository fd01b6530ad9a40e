import { expect, it } from 'vitest';
import { inferTypes } from '../../../lib/onnx/infer';
import type { Dim, ElementType } from '../../../lib/onnx/model';
import { runModel } from '../micro_graph';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';

type Dims = readonly Dim[];

/** Whether dims that were inferred without feeds can be those that came. */
const allows = (inferred: Dims | undefined, actual: readonly number[]): boolean =>
  inferred === undefined ||
  (inferred.length === actual.length && inferred.every((dim, i) => typeof dim !== 'number' || dim === actual[i]));

it.for(REAL_MODELS)('knows every tensor of $name as onnxruntime has it', async (task, { skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model, feeds } = await openRealModel(task);
  const dims = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, tensor.dims]));
  const [exact, open] = [inferTypes(model, dims), inferTypes(model)];
  const all = model.clone();
  all.irVersion = Math.max(all.irVersion, 7);
  const names = model.graph.nodes.flatMap(({ outputs }) => outputs);
  all.graph.outputs = names.map((name) => ({ name, type: exact.get(name) }));
  const results = await runModel(all, feeds);
  for (const [name, { dims: actual, type }] of Object.entries(results)) {
    const [closed, opened] = [exact.get(name), open.get(name)];
    expect([name, closed]).toEqual([name, { kind: 'tensor', elementType: type as ElementType, dims: [...actual] }]);
    expect(opened?.kind === 'tensor' && allows(opened.dims, actual)).toBe(true);
  }
  expect(names.length).toBeGreaterThan(5);
});
