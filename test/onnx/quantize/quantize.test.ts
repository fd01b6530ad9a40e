// quantize(): from a float model to one in integers, and all that is told of it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelBytes, readModel } from '../../../lib/onnx';
import { openExecutor } from '../../../lib/onnx/execute';
import { type ProgressEvent, quantize, type RunnableModel } from '../../../lib/onnx/quantize';
import { validateModel } from '../../../lib/onnx/validate';
import { temporaryFolder } from '../files';
import { microModel, node, opTypes, random, value, wavesFor } from '../micro_graph';
import { samplesOf, tinyCnn, tinyMlp } from './tiny_models';

const cnn = modelBytes(tinyCnn());
const mlp = modelBytes(tinyMlp());
const pictures = samplesOf([1, 3, 8, 8], 12);
const rows = samplesOf([1, 24], 12);
const calm = { measure: false, target: 'ort-x64' } as const;

describe('quantize', () => {
  it('quantizes statically, and says how every layer runs', async () => {
    const { model, report } = await quantize(cnn, { ...calm, calibration: pictures });
    expect(report).toMatchObject({ mode: 'static', target: 'ort-x64', calibration: { samples: 12, random: false } });
    expect(report.layers.filter(({ weighted }) => weighted).map(({ name, form }) => [name, form])).toEqual([
      ['conv', 'int8'],
      ['head', 'int8'],
    ]);
    expect(report.outputSqnr).toBeGreaterThan(25);
    expect(report.tensors.length).toBeGreaterThan(1);
    expect(report.parity).toMatchObject({ held: true });
    expect(report.findings.filter(({ severity }) => severity === 'E')).toEqual([]);
    validateModel(readModel(modelBytes(model)));
  });

  it('needs no samples for products, and picks dynamic for them', async () => {
    const { report, model } = await quantize(mlp, calm);
    expect(report).toMatchObject({ mode: 'dynamic', outputSqnr: undefined });
    expect(model.graph.nodes.map(({ opType }) => opType)).toContain('MatMulInteger');
    expect(report.notes.join()).toContain('accuracy');
  });

  it('quantizes gated activations by rows, unless samples let it smooth them', async () => {
    const nodes = [
      'MatMul x,g -> a',
      'MatMul x,u -> b',
      'Sigmoid a -> s',
      'Mul a,s -> t',
      'Mul t,b -> h',
      'MatMul h,d -> y',
    ];
    const constants = { g: random([24, 40]), u: random([24, 40], 2), d: random([40, 24], 3) };
    const gated = microModel({ nodes: nodes.map((text) => node(text)), inputs: [value('x', ['n', 24])], constants });
    const opTypesOf = async (options: object) =>
      opTypes((await quantize(modelBytes(gated), { ...calm, ...options })).model);
    const feeds = [wavesFor({ x: [6, 24] })];
    expect(await opTypesOf({ mode: 'dynamic' })).toContain('ReduceMax');
    expect(await opTypesOf({ mode: 'dynamic', calibration: () => feeds })).not.toContain('ReduceMax');
    expect(await opTypesOf({ mode: 'dynamic', calibration: () => feeds, smoothQuant: false })).toContain('ReduceMax');
  });

  it.each([
    ['weight-only', { weightFormat: 'int8' }, 2],
    ['weight-only', { weightFormat: 'int4', block: 16 }, 2.2],
    ['weight-only', { weightFormat: 'int4', weightOperators: 'matmulnbits', float16Rest: true }, 2.2],
    ['weight-only', { weightOperators: 'folded' }, 2],
    ['weight-only', { weightFormat: 'int4', block: 16, learnedRounding: true }, 2.2],
    ['float16', {}, 1.5],
    ['dynamic', {}, 2],
    ['static', { learnedRounding: true, biasCorrection: true, equalize: true, smoothQuant: 0.4 }, 1.1],
  ] as const)('makes %s models with %j', async (mode, options, ratio) => {
    const { report } = await quantize(mlp, { ...calm, mode, ...options, calibration: rows });
    expect(report.source.bytes / report.output.bytes).toBeGreaterThan(ratio);
    expect(report.outputSqnr).toBeGreaterThan(12);
  });

  it('refuses convolutions without samples, naming one and the remedy', async () => {
    await expect(quantize(cnn, calm)).rejects.toMatchObject({
      code: 'ERR_NO_CALIBRATION_DATA',
      node: "Conv 'conv'",
      hint: expect.stringContaining('--data-free'),
    });
    await expect(quantize(mlp, { ...calm, mode: 'static' })).rejects.toMatchObject({ code: 'ERR_NO_CALIBRATION_DATA' });
  });

  it('does without samples where the model and the range of its inputs tell enough', async () => {
    const options = { ...calm, dataFree: true } as const;
    const { report } = await quantize(cnn, { ...options, inputRange: { min: -2, max: 2 } });
    expect(report).toMatchObject({ mode: 'static', calibration: undefined, recipe: { dataFree: true } });
    expect(report.layers.find(({ name }) => name === 'conv')?.form).toBe('int8');
    await expect(quantize(cnn, options)).rejects.toMatchObject({
      code: 'ERR_NO_CALIBRATION_DATA',
      tensor: 'x',
      hint: expect.stringContaining('--input-range'),
    });
  });

  it('quantizes around operators that no runtime here knows, and says what it could not run', async () => {
    const model = tinyMlp();
    model.opsets.set('com.example', 1);
    model.graph.nodes[1]!.domain = 'com.example';
    const { report, model: quantized } = await quantize(modelBytes(model), calm);
    expect(quantized.graph.nodes.map(({ domain }) => domain)).toContain('com.example');
    expect(report).toMatchObject({ mode: 'dynamic', speed: undefined, prediction: undefined });
    expect(report.notes.join()).toMatch(/the float model does not run here/);
    const options = { ...calm, mode: 'static', calibration: rows } as const;
    await expect(quantize(modelBytes(model), options)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
  });

  it('gives the same bytes for the same input, wherever it lies, with its recipe inside', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'net.onnx');
    writeFileSync(file, cnn);
    const options = { ...calm, calibration: pictures, exclude: ['head'] };
    const first = await quantize(file, options);
    const second = await quantize(pathToFileURL(file), { ...options, exclude: new Set(['head']) });
    expect(Buffer.from(second.bytes()).equals(Buffer.from(first.bytes()))).toBe(true);
    expect(first.report.output).toMatchObject({
      bytes: first.bytes().length,
      sha256: createHash('sha256').update(first.bytes()).digest('hex'),
    });
    const recipe = JSON.parse(first.model.metadata.get('octavo.recipe') ?? '');
    expect(recipe).toMatchObject({ mode: 'static', exclude: ['head'], model: first.report.source.sha256 });
    expect(JSON.stringify([recipe, first.report])).not.toContain(folder);
    expect(first.report.layers.find(({ name }) => name === 'head')).toMatchObject({
      form: 'float32',
      integerKernel: false,
    });
    expect(Buffer.from(readFileSync(file)).equals(Buffer.from(cnn))).toBe(true);
  });

  it('writes a file as a whole, and only where the budget holds', async () => {
    const folder = temporaryFolder();
    const target = path.join(folder, 'out.onnx');
    const missed = await quantize(mlp, {
      ...calm,
      mode: 'weight-only',
      weightFormat: 'int4',
      calibration: rows,
      minSqnr: 90,
    });
    expect(missed.verdict).toMatchObject({ budget: 'missed', advice: 'missed' });
    expect(() => missed.save(target)).toThrow(expect.objectContaining({ code: 'ERR_BUDGET' }));
    expect(readdirSync(folder)).toEqual([]);
    const held = await quantize(mlp, { ...calm, calibration: rows, mode: 'dynamic', minSqnr: 20 });
    expect(held.verdict.budget).toBe('held');
    held.save(target);
    expect(Buffer.from(readFileSync(target)).equals(Buffer.from(held.bytes()))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out.onnx']);
  });
});

describe('evaluation', () => {
  /** The share of samples of which the sign of the first output is that of the float model. */
  const agreement = (signs: boolean[]) => async (model: RunnableModel) => {
    let correct = 0;
    let i = 0;
    for (const feeds of pictures()) {
      const { y } = await model.run(feeds);
      const sign = (y!.data as Float32Array)[0]! > 0;
      signs[i] ??= sign;
      correct += Number(signs[i++] === sign);
    }
    return { correct, total: i };
  };

  it('scores both models, whatever the types of their inputs', async () => {
    const options = { ...calm, calibration: pictures, evaluate: agreement([]), maxDrop: 100 };
    for (const io of ['float', 'uint8'] as const) {
      const { report, model } = await quantize(cnn, { ...options, io });
      expect(report.evaluation).toMatchObject({ kind: 'accuracy', float: { value: 1, count: 12 } });
      expect(report.evaluation!.quantized.value).toBeGreaterThan(0.7);
      const [input] = model.graph.inputs;
      expect(input?.type).toMatchObject({ elementType: io === 'float' ? 'float32' : 'uint8' });
      expect(/'x' is uint8: real = /.test(report.changes.join())).toBe(io === 'uint8');
      expect(report.outputSqnr).toBeGreaterThan(20);
    }
  });

  it('passes on what it throws', async () => {
    const evaluate = () => Promise.reject(new RangeError('no labels'));
    await expect(quantize(cnn, { ...calm, calibration: pictures, evaluate })).rejects.toThrow('no labels');
    await expect(quantize(mlp, { ...calm, maxDrop: 1 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  });
});

describe('progress and abort', () => {
  it('tells phases in order', async () => {
    const events: ProgressEvent[] = [];
    await quantize(cnn, { ...calm, calibration: pictures, onProgress: (event) => events.push(event) });
    const phases = [...new Set(events.map(({ phase }) => phase))];
    expect(phases).toEqual(['read', 'prepare', 'calibrate', 'quantize', 'check', 'measure']);
    expect(events.filter(({ phase }) => phase === 'calibrate').at(-1)).toMatchObject({ done: 12 });
  });

  it('ends at once with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ phase, done }: ProgressEvent) => {
      if (phase === 'calibrate' && done === 3) controller.abort(reason);
    };
    const pending = quantize(cnn, { ...calm, calibration: pictures, onProgress, signal: controller.signal });
    await expect(pending).rejects.toBe(reason);
    await expect(quantize(cnn, { ...calm, calibration: pictures, signal: controller.signal })).rejects.toBe(reason);
  });

  it('is heard where nothing is run, too', async () => {
    const controller = new AbortController();
    const onProgress = ({ phase }: ProgressEvent) => {
      if (phase === 'prepare') controller.abort(new Error('enough'));
    };
    const options = { ...calm, mode: 'weight-only', onProgress, signal: controller.signal } as const;
    await expect(quantize(mlp, options)).rejects.toThrow('enough');
  });

  it('leaves models that run', async () => {
    const { model } = await quantize(cnn, { ...calm, calibration: pictures });
    const executor = await openExecutor(model);
    const [feeds] = [...pictures()];
    expect((await executor.run(feeds!)).y?.dims).toEqual([1, 5]);
    await executor.dispose();
  });
});

describe('a budget', () => {
  it('is held by leaving the most sensitive layers in float, and the report ranks them', async () => {
    const plain = await quantize(cnn, { ...calm, calibration: pictures });
    const minSqnr = plain.report.outputSqnr! + 1;
    const { report, verdict } = await quantize(cnn, { ...calm, calibration: pictures, minSqnr });
    expect(verdict.budget).toBe('held');
    expect(report.outputSqnr).toBeGreaterThanOrEqual(minSqnr);
    expect(report.budget?.excluded).toHaveLength(1);
    const [left] = report.budget!.excluded;
    expect(report.sensitivity.find(({ name }) => name === left)).toMatchObject({ excluded: true });
    expect(report.layers.find(({ name }) => name === left)).toMatchObject({ form: 'float32' });
    expect(report.recipe.exclude).toEqual([left]);
    const isolated = report.sensitivity.map((row) => row.isolated ?? Number.POSITIVE_INFINITY);
    expect(isolated).toEqual([...isolated].sort((a, b) => a - b));
  });

  it('is missed without a report of success', async () => {
    let calls = 0;
    const evaluate = () => ({ loss: calls++ === 0 ? 1 : 2 }); // the float model is scored first
    const { verdict } = await quantize(cnn, { ...calm, calibration: pictures, evaluate, maxDrop: 50 });
    expect(verdict).toMatchObject({ budget: 'missed', line: expect.stringMatching(/BUDGET MISSED$/) });
  });

  it('ranks layers on request', async () => {
    const { report } = await quantize(cnn, { ...calm, calibration: pictures, sensitivity: true });
    expect(report.sensitivity.map(({ name }) => name)).toEqual(expect.arrayContaining(['conv', 'head']));
    expect(report.sensitivity.every(({ accumulated }) => accumulated !== null)).toBe(true);
  });
});
