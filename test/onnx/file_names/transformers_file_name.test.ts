// Names of files that transformers.js finds.
import path from 'node:path';
import { expect, it } from 'vitest';
import { transformersDtype, transformersFileName } from '../../../lib/onnx/file_names';

it.each([
  [{ mode: 'dynamic' }, 'model_quantized.onnx'],
  [{ mode: 'static', type: 'int8' }, 'model_quantized.onnx'],
  [{ mode: 'weight-only' }, 'model_int8.onnx'],
  [{ mode: 'weight-only', type: 'uint8' }, 'model_uint8.onnx'],
  [{ mode: 'weight-only', type: 'int4' }, 'model_q4.onnx'],
  [{ mode: 'weight-only', type: 'uint4', float16: true }, 'model_q4f16.onnx'],
  [{ mode: 'weight-only', type: 'nf4' }, 'model_bnb4.onnx'],
  [{ mode: 'float16' }, 'model_fp16.onnx'],
] as const)('%o is %s', (kind, name) => {
  expect(transformersFileName(path.join('onnx', 'model.onnx'), transformersDtype(kind))).toBe(path.join('onnx', name));
});

it('replaces a suffix, and keeps other names', () => {
  expect(transformersFileName('model_quantized.onnx', 'q4')).toBe('model_q4.onnx');
  expect(transformersFileName('model_q4f16.onnx', 'fp32')).toBe('model.onnx');
  expect(transformersFileName('decoder_model_merged.onnx', 'fp16')).toBe('decoder_model_merged_fp16.onnx');
});

it('refuses what has no name', () => {
  expect(() => transformersFileName('a.onnx', 'q3' as never)).toThrow(/fp32/);
  expect(() => transformersDtype({ mode: 'weight-only', type: 'int2' })).toThrow(/nf4/);
});
