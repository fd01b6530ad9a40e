// quantizeWeightAsync: what quantizeWeight gives, off the event loop, watched and aborted.
import { expect, it } from 'vitest';
import { Tensor } from '../../lib/tensor';
import { GramMatrix, gptq, type QuantizeWeightOptions, quantizeWeight, quantizeWeightAsync } from '../../lib/weights';
import { noise } from '../onnx/micro_graph';

const [ROWS, K] = [600, 70];
const weight = new Tensor('float32', noise(ROWS * K, 4), [ROWS, K]);
const gram = new GramMatrix(K).add({ type: 'float32', data: noise(300 * K, 6), dims: [300, K] });

it.each([
  { format: 'int4', method: 'gptq' },
  { format: 'uint4', group: 32, method: 'gptq' },
  { format: 'nf4', method: 'gptq' },
  { format: 'int8', method: gptq({ actOrder: false, staticGroups: false, sweeps: 0 }) },
  { format: 'int4', method: 'nearest' },
  { format: 'fp4', method: 'nearest' },
  { format: 'uint4', method: 'hqq' },
  { format: 'int4', method: 'awq' },
] satisfies QuantizeWeightOptions[])('gives what quantizeWeight gives: %o', async (options) => {
  expect(await quantizeWeightAsync(weight, { ...options, gram })).toEqual(quantizeWeight(weight, { ...options, gram }));
});

it('has taken the weight and the Gram matrix when it returns', async () => {
  const expected = quantizeWeight(weight, { method: 'gptq', gram });
  const [own, moments] = [new Tensor('float32', weight.data.slice(), [ROWS, K]), new GramMatrix(K).merge(gram)];
  const pending = quantizeWeightAsync(own, { method: 'gptq', gram: moments });
  own.data.fill(1);
  moments.add({ type: 'float32', data: new Float32Array(K).fill(9), dims: [1, K] });
  expect(await pending).toEqual(expected);
});

it('tells of rows that are done, and stops between them', async () => {
  const seen: [number, number][] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => seen.push([done, total]);
  await quantizeWeightAsync(weight, { method: 'gptq', gram, onProgress });
  expect(seen.at(-1)).toEqual([ROWS, ROWS]);
  expect(seen.length).toBeGreaterThan(1);
  const count = seen.length;
  await quantizeWeightAsync(weight, { method: gptq({ sweeps: 0 }), gram, onProgress });
  expect(seen.length).toBe(2 * count);
  const controller = new AbortController();
  const aborted = quantizeWeightAsync(weight, {
    ...{ method: 'gptq', gram, signal: controller.signal },
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(aborted).rejects.toThrow('enough');
  const before = quantizeWeightAsync(weight, { gram, signal: AbortSignal.abort(new Error('never')) });
  await expect(before).rejects.toThrow('never');
});

it('refuses what quantizeWeight refuses, by its promise', async () => {
  const code = (expected: string) => expect.objectContaining({ code: expected });
  await expect(quantizeWeightAsync(weight, { method: 'gptq' })).rejects.toThrow(code('ERR_RANGE'));
  await expect(quantizeWeightAsync(weight, { onProgress: 3 as never })).rejects.toThrow(code('ERR_DTYPE'));
  await expect(quantizeWeightAsync(weight, { signal: {} as never })).rejects.toThrow(code('ERR_DTYPE'));
  const few = new GramMatrix(K).add({ type: 'float32', data: noise(3 * K, 6), dims: [3, K] });
  const singular = quantizeWeightAsync(weight, { method: gptq({ damping: 0 }), gram: few });
  await expect(singular).rejects.toThrow(/raise the damping/);
});

it.each([
  ['hqq', 30],
  ['awq', 100],
] as const)('lets the event loop turn while %s searches, and stops it between two turns', async (method, least) => {
  const [rows, columns] = [400, 512];
  const large = new Tensor('float32', noise(rows * columns, 8), [rows, columns]);
  const moments = new GramMatrix(columns).add({ type: 'float32', data: noise(64 * columns, 5), dims: [64, columns] });
  const options = { format: 'uint4', method, gram: moments } as const;
  let turns = 0;
  const stop = new AbortController();
  const quantized = quantizeWeightAsync(large, options);
  const aborted = quantizeWeightAsync(large, { ...options, signal: stop.signal });
  aborted.catch(() => {});
  let over = false;
  const turn = () => {
    if (++turns === 5) stop.abort(new Error('enough'));
    if (!over) setImmediate(turn);
  };
  turn();
  expect(await quantized).toEqual(quantizeWeight(large, options));
  over = true;
  expect(turns).toBeGreaterThan(least);
  await expect(aborted).rejects.toThrow('enough');
});
