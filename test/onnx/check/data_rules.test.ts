import { describe, expect, it } from 'vitest';
import { Sketch } from '../../../lib/calibrate';
import {
  checkCalibration,
  checkInterface,
  checkModel,
  checkParity,
  countSaturatedPairs,
  evaluate,
  type Model,
  openExecutor,
  type Runner,
} from '../../../lib/onnx';
import { value, wavesFor } from '../micro_graph';
import { QdqBuilder } from './qdq_builder';

/** x through uint8 of step 0.02 around 100: real values from -2 to 3.1. */
function model(): Model {
  const b = new QdqBuilder();
  const x = b.input([1, 4, 8, 8], 'float32', 'x');
  return b.model([b.qdq(b.conv(b.qdq(x), b.weight([4, 4, 3, 3])), { scale: 0.1 })]);
}

const sketchOf = (values: readonly number[]) =>
  new Sketch().observe({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });

const ramp = (low: number, high: number) =>
  sketchOf(Array.from({ length: 1000 }, (_, i) => low + ((high - low) * i) / 999));

const messages = (x: Sketch | undefined) =>
  checkCalibration(model(), new Map(x === undefined ? [] : [['x', x]]))
    .filter(({ tensor }) => tensor === 'x')
    .map(({ message }) => message);

describe('Q034: calibration', () => {
  it('wants data for each activation, and ranges that fit them', () => {
    expect(messages(ramp(-2, 3.1))).toEqual([]);
    expect(messages(undefined)).toEqual(["no calibration data reached 'x'"]);
    expect(messages(ramp(-2, 6.2))[0]).toMatch(/^3\d\.\d % of the values of 'x' lie beyond its range$/);
    expect(messages(ramp(-0.1, 0.1))[0]).toMatch(/^9\d % of the range of 'x' is never used$/);
  });
});

describe('Q028: pairs of products on CPUs without VNNI', () => {
  const pair = (activations: readonly number[], weights: readonly number[]) =>
    countSaturatedPairs(Uint8Array.from(activations), Int8Array.from(weights), { m: 1, k: activations.length, n: 1 });

  it.each([
    [[255, 255, 255, 255], [127, 127, -128, -128], 2],
    [[255, 255, 0, 0], [127, 127, 1, 1], 1],
    [[255, 255], [64, 64], 0],
    [[255, 255], [65, 64], 1],
    [[255, 255], [-64, -64], 0],
    [[255, 255], [-65, -64], 1],
  ])('%j times %j: %i pairs saturate', (activations, weights, saturated) => {
    expect(pair(activations, weights)).toEqual({ pairs: activations.length / 2, saturated });
  });
});

describe('Q011: weights along a wrong axis', () => {
  const along = (outputs: number, axis: number) => {
    const b = new QdqBuilder();
    const y = b.conv(b.qdq(b.input([1, 4, 8, 8], 'float32', 'x')), b.weight([outputs, 4, 3, 3], { axis }));
    return b.model([b.qdq(y, { scale: 0.1 })]);
  };

  async function run(quantized: Model): Promise<number | string> {
    const feeds = wavesFor({ x: [1, 4, 8, 8] });
    const runtime = await openExecutor(quantized, { kind: 'onnxruntime' });
    const reference: Runner = { run: (fed) => evaluate(quantized, fed) };
    try {
      return Object.values((await checkParity(quantized, feeds, { reference, runtime })).differences)[0]?.largest ?? 0;
    } catch {
      return 'fails';
    } finally {
      await runtime.dispose();
    }
  }

  it('make the fused kernel fail, or be wrong where the channels happen to fit', async () => {
    expect(await run(along(8, 0))).toBeLessThanOrEqual(1);
    expect(await run(along(8, 1))).toBe('fails');
    expect(await run(along(4, 1))).toBeGreaterThan(1.5);
    expect(checkModel(along(4, 1), 'ort-x64').findings[0]).toMatchObject({ rule: 'Q011', severity: 'E' });
  });
});

describe('Q036: inputs and outputs', () => {
  it('are those of the source', () => {
    const [source, other] = [model(), model()];
    expect(checkInterface(source, other)).toEqual([]);
    other.graph.inputs[0] = value('x', [1, 4, 8, 9]);
    expect(checkInterface(source, other)[0]?.message).toBe(
      "input 'x' is float32 [1, 4, 8, 9], in the source float32 [1, 4, 8, 8]",
    );
    other.graph.inputs.push(value('z', [1]));
    expect(checkInterface(source, other)[0]?.message).toBe('the model has 2 inputs, its source 1');
  });
});

describe('Q037: execution', () => {
  const feeds = wavesFor({ x: [1, 4, 8, 8] });

  it('agrees within one step between onnxruntime and the reference', async () => {
    const quantized = model();
    const runtime = await openExecutor(quantized, { kind: 'onnxruntime' });
    const reference: Runner = { run: (fed) => evaluate(quantized, fed) };
    const { findings, differences } = await checkParity(quantized, feeds, { reference, runtime });
    await runtime.dispose();
    expect(findings).toEqual([]);
    expect(Object.values(differences)[0]).toMatchObject({ unit: 'steps' });
  });

  it('names an output that is off by more', async () => {
    const quantized = model();
    const reference: Runner = { run: (fed) => evaluate(quantized, fed) };
    const runtime: Runner = {
      run: async (fed) => {
        const outputs = await evaluate(quantized, fed);
        for (const output of Object.values(outputs)) (output.data as Float32Array)[5]! += 0.25;
        return outputs;
      },
    };
    const { findings } = await checkParity(quantized, feeds, { reference, runtime });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      rule: 'Q037',
      severity: 'E',
      message: expect.stringContaining('off by 2.50 steps'),
    });
  });
});
