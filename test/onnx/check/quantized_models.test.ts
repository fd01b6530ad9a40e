import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bertEncoder } from '../../../bench/onnx/models';
import { modelBytes, type QuantizeOptions, quantize, readModel } from '../../../lib/onnx';
import { compareWithRuntime } from '../../../lib/onnx/check';

const digits = readModel(path.join(__dirname, '..', '..', '..', 'assets', 'digits.onnx'));
const encoder = bertEncoder({ layers: 1, width: 64, heads: 2, hidden: 128, vocabulary: 50, sequence: 16 });
const SOURCES = { digits: modelBytes(digits), encoder: modelBytes(encoder) };

const OPTIONS: readonly QuantizeOptions[] = [
  { mode: 'static', calibration: 'random:2' },
  { mode: 'static', calibration: 'random:2', format: 'qoperator' },
  { mode: 'dynamic' },
  { mode: 'weight-only', weightFormat: 'int4' },
  { mode: 'weight-only', weightFormat: 'int8' },
];

describe.each(['digits', 'encoder'] as const)('prediction for what quantize() makes of %s', (name) => {
  it.each(OPTIONS)('%j', async (options) => {
    const { model } = await quantize(SOURCES[name], { ...options, measure: false });
    const { agreement, predicted, actual } = await compareWithRuntime(model);
    expect(agreement.disagreements).toEqual([]);
    expect(predicted.kernels).toEqual(actual.kernels);
  });
});
