// Rule Q037: what counts as one step, and where a difference is told.
import { describe, expect, it } from 'vitest';
import { openExecutor } from '../../../lib/onnx/execute';
import type { Feeds, Model, TensorValue } from '../../../lib/onnx/model';
import { quantize } from '../../../lib/onnx/quantize';
import { checkParity, compareNodes, type Walk } from '../../../lib/onnx/quantize/parity';
import { modelBytes } from '../../../lib/onnx/write';
import { samplesOf, tinyCnn } from './tiny_models';

const pictures = samplesOf([1, 3, 8, 8], 4);

async function quantized(): Promise<Model> {
  const { model } = await quantize(modelBytes(tinyCnn()), { calibration: pictures, measure: false, target: 'ort-x64' });
  return model;
}

/** Every tensor of a run, by the reference interpreter. */
async function run(model: Model, feeds: Feeds): Promise<Record<string, TensorValue>> {
  const outputs = model.graph.nodes.flatMap((node) => node.outputs);
  const executor = await openExecutor(model, { outputs, kind: 'reference' });
  return executor.run(feeds).finally(() => executor.dispose());
}

function compare(model: Model, feeds: Feeds, theirs: Record<string, TensorValue>): Walk {
  const walk: Walk = { steps: 0, compared: 0, wrong: 0, worst: undefined };
  compareNodes(model, feeds, theirs, Number.POSITIVE_INFINITY, walk);
  return walk;
}

describe('parity', () => {
  it('is exact for equal runs, and names the one tensor that is off, however it goes on', async () => {
    const model = await quantized();
    const [feeds] = [...pictures()];
    const theirs = await run(model, feeds!);
    const same = compare(model, feeds!, theirs);
    expect(same).toMatchObject({ steps: 0, wrong: 0 });
    expect(same.compared).toBeGreaterThan(3);
    const tensor = model.graph.nodes.find(({ opType, inputs }) => opType === 'QuantizeLinear' && inputs[0] !== 'x')!
      .outputs[0]!;
    const { type, dims, data } = theirs[tensor]!;
    const changed = (data as Uint8Array).slice();
    changed[5] = changed[5]! > 100 ? changed[5]! - 3 : changed[5]! + 3;
    expect(compare(model, feeds!, { ...theirs, [tensor]: { type, dims, data: changed } })).toMatchObject({
      steps: 3,
      worst: tensor,
    });
  });

  it('counts a difference where it begins, and not in every tensor behind it', async () => {
    const model = await quantized();
    const [first, second] = [...pictures()];
    const walk = compare(model, first!, await run(model, second!));
    expect(walk).toMatchObject({ wrong: 1, worst: 'x_quantized' });
  });

  it('holds in onnxruntime', async () => {
    const row = await checkParity(await quantized(), [...pictures()]);
    expect(row).toMatchObject({ samples: 4, held: true });
    expect(row!.tensors).toBeGreaterThan(12);
  });
});
