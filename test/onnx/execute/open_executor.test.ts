import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ElementArray, type ElementType, readModel } from '../../../lib/onnx';
import { openExecutor } from '../../../lib/onnx/execute';
import { convolutionModel, floats, fourBitModel, identityModel, layerModel, node } from './tiny_models';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-execute-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each(['onnxruntime', 'reference'] as const)('%s', (kind) => {
  it('gives any tensor of the model, and leaves the model as it is', async () => {
    const model = layerModel();
    const before = structuredClone(model.graph.outputs);
    const executor = await openExecutor(model, { kind, outputs: ['s', 'x', 'w', 'h'] });
    const results = await executor.run({ x: floats([1, 2], 1, 2) });
    expect(executor.kind).toBe(kind);
    expect(Object.keys(results)).toEqual(['s', 'x', 'w', 'h']);
    expect(results.h).toEqual(floats([1, 3], 9, 12, 15));
    expect(results.s).toEqual(floats([1, 3], 9.5, -8, 16));
    expect(results.x).toEqual(floats([1, 2], 1, 2));
    expect(results.w).toEqual(floats([2, 3], 1, 2, 3, 4, 5, 6));
    await executor.dispose();
    expect(model.graph.outputs).toEqual(before);
    expect(model.graph.nodes).toHaveLength(3);
  });

  it('gives the outputs by default, for every size of a free axis', async () => {
    const executor = await openExecutor(layerModel(), { kind });
    expect((await executor.run({ x: floats([1, 2], 1, 2) })).y).toEqual(floats([1, 3], 9.5, 0, 16));
    expect((await executor.run({ x: floats([2, 2], 1, 2, 0, 0) })).y).toEqual(floats([2, 3], 9.5, 0, 16, 0.5, 0, 1));
    await executor.dispose();
  });

  it('needs nothing of nodes that the outputs do not depend on', async () => {
    const model = layerModel();
    model.graph.nodes.push(node('Unknown', ['y'], 'z', {}, 'com.example'));
    const executor = await openExecutor(model, { kind, outputs: ['h'] });
    expect((await executor.run({ x: floats([1, 2], 0, 1) })).h).toEqual(floats([1, 3], 4, 5, 6));
    await executor.dispose();
  });

  it('ends with the signal, and after dispose()', async () => {
    const executor = await openExecutor(layerModel(), { kind });
    const feeds = { x: floats([1, 2], 1, 2) };
    await expect(executor.run(feeds, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const running = executor.run(feeds);
    await executor.dispose();
    await executor.dispose();
    await running.catch(() => undefined);
    await expect(executor.run(feeds)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

const TYPES: readonly [ElementType, number[], ElementArray][] = [
  ['float32', [2], Float32Array.of(1.5, -2)],
  ['float64', [2], Float64Array.of(1.5, -2)],
  ['float16', [2], Uint16Array.of(0x3c00, 0xc000)],
  ['int8', [2], Int8Array.of(1, -2)],
  ['uint8', [2], Uint8Array.of(1, 255)],
  ['int16', [2], Int16Array.of(1, -2)],
  ['uint16', [2], Uint16Array.of(1, 65535)],
  ['int32', [2], Int32Array.of(1, -2)],
  ['uint32', [2], Uint32Array.of(1, 2 ** 32 - 1)],
  ['int64', [2], BigInt64Array.of(1n, -(2n ** 60n))],
  ['uint64', [2], BigUint64Array.of(1n, 2n ** 63n)],
  ['bool', [2], Uint8Array.of(1, 0)],
];

it.each(TYPES)('hands %s to onnxruntime and back', async (type, dims, data) => {
  const executor = await openExecutor(identityModel(type, dims), { kind: 'onnxruntime' });
  expect(await executor.run({ x: { type, dims, data } })).toEqual({ y: { type, dims, data } });
  await executor.dispose();
});

it.each(['int4', 'uint4'] as const)('runs models with inputs and outputs of %s in the interpreter', async (type) => {
  const q = { type, dims: [3], data: Uint8Array.of(0x21, 0x07) };
  const x = floats([3], 1, 2, 7);
  const executor = await openExecutor(fourBitModel(type));
  expect(executor.kind).toBe('reference');
  expect(await executor.run({ q, x })).toEqual({ y: x, r: q });
  await expect(openExecutor(fourBitModel(type), { kind: 'onnxruntime' })).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    tensor: 'q',
    message: `onnxruntime-node cannot carry ${type}, the type of 'q'`,
  });
});

it('hands strings to onnxruntime and back', async () => {
  const x = { type: 'string' as const, dims: [1, 2], data: ['å', ''] };
  const executor = await openExecutor(identityModel('string', ['N', 2]), { kind: 'onnxruntime' });
  expect(await executor.run({ x })).toEqual({ y: x });
  await executor.dispose();
});

it.each([
  ['all', false],
  ['disabled', true],
] as const)('with optimization %s, runs every node as it stands: %s', async (optimization, literal) => {
  const file = path.join(folder, `${optimization}.onnx`);
  const options = { kind: 'onnxruntime', optimization, optimizedModelFile: file } as const;
  await (await openExecutor(convolutionModel(), options)).dispose();
  const types = readModel(file).graph.nodes.map(({ opType }) => opType);
  expect(types.includes('Relu')).toBe(literal);
});

it('says what onnxruntime refuses', async () => {
  const model = layerModel();
  model.graph.nodes.push(node('Unknown', ['y'], 'z', {}, 'com.example'));
  model.graph.outputs.push({ name: 'z', type: undefined });
  await expect(openExecutor(model, { kind: 'onnxruntime' })).rejects.toMatchObject({
    code: 'ERR_NATIVE',
    message: expect.stringMatching(/^onnxruntime cannot open the model: .*com\.example/s),
  });
});

it('refuses outputs that the model has not, and options that are none', async () => {
  await expect(openExecutor(layerModel(), { outputs: ['q'] })).rejects.toMatchObject({
    code: 'ERR_RANGE',
    tensor: 'q',
  });
  await expect(openExecutor(layerModel(), { kind: 'gpu' as never })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  await expect(openExecutor(layerModel(), { threads: 0 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
});
