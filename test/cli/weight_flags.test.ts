// The name of a model with 4-bit weights and float16 beside them.
import path from 'node:path';
import { expect, it } from 'vitest';
import { defaultOutput, toQuantizeOptions } from '../../lib/cli/quantize_flags';

it('is that of transformers.js', () => {
  const flags = { weightFormat: 'int4', suffix: 'transformers', measure: true } as const;
  const name = (more: object) => path.basename(defaultOutput('model.onnx', 'weight-only', { ...flags, ...more }));
  expect(name({})).toBe('model_q4.onnx');
  expect(name({ float16Rest: true })).toBe('model_q4f16.onnx');
  expect(toQuantizeOptions({ ...flags, float16Rest: true }).float16Rest).toBe(true);
});
