// Real models: every product and convolution on integers in onnxruntime, as small as bytes allow, and as right.
import { describe, expect, it } from 'vitest';
import {
  type Feeds,
  type Model,
  modelBytes,
  quantizeStatic,
  raiseIfBelow,
  type TensorValue,
  tensorsToCalibrate,
} from '../../../lib/onnx';
import { calibrateModel } from '../../../lib/onnx/calibrate';
import { prepare } from '../../../lib/onnx/prepare';
import { optimizedOps } from '../optimized_graph';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';
import { relativeError, runOrt } from './calibrated';

/** By task: how much smaller the file gets at least, weighted operators, and how far outputs may be off. */
const BARS = new Map([
  ['mnist', { ratio: 2.4, layers: 3, error: 0.05 }],
  ['gesture', { ratio: 1.3, layers: 3, error: 0.05 }],
  ['ResNet-8', { ratio: 3.4, layers: 10, error: 0.3 }],
  ['banking77', { ratio: 3.2, layers: 17, error: 0.1 }],
  ['stories', { ratio: 3.2, layers: 46, error: 0.2 }],
]);

const INTEGER = /^(QLinearConv|QLinearMatMul|QGemm|MatMulIntegerToFloat)$/;
const FLOAT = /^(Fused)?(Conv|Gemm|MatMul)$/;

async function quantizedOf(model: Model, calibration: readonly Feeds[]): Promise<Model> {
  const options = { target: 'ort-x64' } as const;
  const prepared = prepare(raiseIfBelow(model, 13)).model;
  const sketches = await calibrateModel(prepared, calibration, { tensors: tensorsToCalibrate(prepared, options) });
  return quantizeStatic(prepared, sketches, options).model;
}

describe.skipIf(MISSING !== undefined)(`real models${MISSING === undefined ? '' : ` (${MISSING})`}`, () => {
  for (const task of REAL_MODELS) {
    const bar = BARS.get(task.name);
    if (bar === undefined) continue;
    it.runIf(process.arch === 'x64')(task.name, async () => {
      const { model, feeds, calibration } = await openRealModel(task);
      const result = await quantizedOf(model, calibration.slice(0, 8));
      const sum = (pattern: RegExp, ops: Readonly<Record<string, number>>) =>
        Object.entries(ops).reduce((total, [name, n]) => total + (pattern.test(name) ? n : 0), 0);
      const ops = await optimizedOps(result);
      expect([sum(INTEGER, ops), sum(FLOAT, ops)]).toEqual([bar.layers, 0]);
      expect(modelBytes(model).length / modelBytes(result).length).toBeGreaterThan(bar.ratio);
      const [output] = model.graph.outputs;
      const run = async (one: Model) => (await runOrt(one, feeds))[output!.name] as TensorValue;
      expect(relativeError(await run(result), await run(model))).toBeLessThan(bar.error);
    });
  }
});
