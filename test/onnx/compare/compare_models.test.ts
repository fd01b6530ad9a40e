import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../../lib/onnx';
import { compareModels, measureSpeed, pairTensors } from '../../../lib/onnx/compare';
import { floats, layerModel, node } from '../execute/tiny_models';
import { integerModel, quantizedModel } from './quantized_models';

// In steps of 0.5: 1.2 becomes 1, and 0.2 becomes 0.
const SAMPLES: readonly Feeds[] = [{ x: floats([1, 2], 1.2, 2) }, { x: floats([2, 2], 0, 0.2, 3, -1) }];
const names = (pairs: readonly { tensor: string; counterpart: string }[]) =>
  pairs.map(({ tensor, counterpart }) => `${tensor} ${counterpart}`);

it.each([
  ['octavo', ['_quantized', '_dequantized']],
  ['onnxruntime', ['_QuantizeLinear_Output', '_DequantizeLinear_Output']],
])('pairs tensors by the names that %s gives', (_, suffixes) => {
  const { pairs, other } = pairTensors(layerModel(), quantizedModel(suffixes));
  expect(names(pairs)).toEqual([`x x${suffixes[1]}`, 'h h', 's s', 'y y']);
  expect(other.graph.nodes).toHaveLength(6);
});

it('pairs a Relu that became part of the integers with what stands before it', () => {
  const model = quantizedModel();
  model.graph.nodes.splice(4, 2, node('QuantizeLinear', ['s', 'y_step', 'y_zero'], 's_quantized'));
  const { pairs, other } = pairTensors(layerModel(), model);
  expect(names(pairs)).toEqual(['x x_dequantized', 'h h', 'y s_quantized/real']);
  expect(other.graph.nodes.at(-1)).toMatchObject({
    opType: 'DequantizeLinear',
    inputs: ['s_quantized', 'y_step', 'y_zero'],
  });
  expect(model.graph.nodes).toHaveLength(5);
});

describe.each(['onnxruntime', 'reference'] as const)('in %s', (kind) => {
  const options = { executor: { kind }, speed: false };

  it('measures every tensor, the first divergence, and the outputs', async () => {
    const seen: string[] = [];
    const compared = await compareModels(layerModel(), quantizedModel(), SAMPLES, {
      ...options,
      divergence: 25,
      onProgress: ({ samples, total }) => void seen.push(`${samples}/${total}`),
    });
    expect(compared).toMatchObject({ samples: 2, runtime: kind, speed: undefined });
    expect(seen).toEqual(['1/2', '2/2']);
    const [x, h, s, y] = compared.layers;
    expect(x).toMatchObject({ tensor: 'x', counterpart: 'x_dequantized', node: undefined, count: 6 });
    expect(x!.sqnr).toBeCloseTo(10 * Math.log10((1.44 + 4 + 0.04 + 9 + 1) / 0.08), 4);
    expect(x!.maxError).toBeCloseTo(0.2, 6);
    expect(h).toMatchObject({ node: 'h_node', opType: 'MatMul' });
    expect(s!.meanError).toBeCloseTo((0.2 + 0.4 + 0.6 + 0.8 + 1 + 1.2) / 9, 5);
    expect(compared.firstDivergence).toBe([x, h, s, y].find(({ sqnr } = { sqnr: 0 } as never) => sqnr < 25));
    const [output] = compared.outputs;
    expect(output).toMatchObject({ output: 'y', sqnr: y!.sqnr, agreement: { count: 3, total: 3 } });
  });

  it('quantizes inputs and dequantizes outputs that are integers', async () => {
    const compared = await compareModels(layerModel(), quantizedModel(), SAMPLES, options);
    const integers = await compareModels(layerModel(), integerModel(), SAMPLES, options);
    expect(integers.outputs).toEqual(compared.outputs);
    expect(integers.layers.map(({ tensor, sqnr }) => [tensor, sqnr])).toEqual(
      compared.layers.map(({ tensor, sqnr }) => [tensor, sqnr]),
    );
  });

  it('finds no error in equal models', async () => {
    const { layers, outputs, firstDivergence } = await compareModels(layerModel(), layerModel(), SAMPLES, options);
    for (const { sqnr, maxError } of [...layers, ...outputs])
      expect({ sqnr, maxError }).toEqual({ sqnr: Number.POSITIVE_INFINITY, maxError: 0 });
    expect(firstDivergence).toBeUndefined();
  });
});

it('answers the same where memory is short, and for a source that cannot be repeated', async () => {
  const options = { speed: false };
  const whole = await compareModels(layerModel(), quantizedModel(), SAMPLES, options);
  expect(await compareModels(layerModel(), quantizedModel(), SAMPLES, { ...options, maxRunBytes: 24 })).toEqual(whole);
  const once = function* () {
    yield* SAMPLES;
  };
  const drawnOnce = await compareModels(layerModel(), quantizedModel(), once(), { ...options, maxRunBytes: 24 });
  expect(drawnOnce).toEqual(whole);
});

it('compares outputs alone, or some tensors', async () => {
  const compare = (layers: boolean | string[]) =>
    compareModels(layerModel(), quantizedModel(), SAMPLES, { layers, speed: false });
  expect((await compare(false)).layers).toEqual([]);
  expect((await compare(['s', 'x'])).layers.map(({ tensor }) => tensor)).toEqual(['x', 's']);
  await expect(compare(['q'])).rejects.toMatchObject({ code: 'ERR_RANGE', tensor: 'q' });
});

it('refuses models without a common output, and a source without samples', async () => {
  const other = layerModel();
  other.graph.nodes.at(-1)!.outputs = ['z'];
  other.graph.outputs = [{ name: 'z', type: undefined }];
  await expect(compareModels(layerModel(), other, SAMPLES)).rejects.toMatchObject({ code: 'ERR_RANGE', tensor: 'y' });
  await expect(compareModels(layerModel(), layerModel(), [])).rejects.toMatchObject({
    code: 'ERR_NO_CALIBRATION_DATA',
  });
});

it('times both by turns', async () => {
  const { a, b, ratio, threads } = await measureSpeed(layerModel(), integerModel(), SAMPLES[0]!, { milliseconds: 0 });
  expect([a.samples, b.samples, threads]).toEqual([7, 7, 1]);
  expect(ratio).toBe(a.best / b.best);
  const aborted = measureSpeed(layerModel(), layerModel(), SAMPLES[0]!, {
    signal: AbortSignal.timeout(30),
    milliseconds: 1e9,
  });
  await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
});
