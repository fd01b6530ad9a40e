import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../../lib/onnx';
import { checkModel, compareWithRuntime } from '../../../lib/onnx/check';

const DATA = path.join(__dirname, '..', '..', '..', '..', 'shared', 'data');
const FILES = existsSync(DATA)
  ? readdirSync(DATA, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.onnx'))
      .sort()
  : [];

describe.skipIf(FILES.length === 0)('prediction for the models of ../shared (skipped: ../shared not present)', () => {
  it.each(FILES)('%s: every node is as onnxruntime builds it', async (file) => {
    const { agreement, predicted, actual } = await compareWithRuntime(readModel(path.join(DATA, file)));
    expect(agreement.disagreements).toEqual([]);
    expect(predicted.kernels).toEqual(actual.kernels);
  });

  it('knows models with every outcome', () => {
    const outcomes = new Set<string>();
    for (const file of FILES)
      for (const { outcome } of checkModel(readModel(path.join(DATA, file)), 'ort-x64').nodes) outcomes.add(outcome);
    expect([...outcomes].sort()).toEqual(['convert', 'copy', 'float', 'folded', 'int8', 'other']);
  });
});
