import { expect, it } from 'vitest';
import { installedTarget, profileOf, TARGETS, type Target } from '../../../lib/onnx';

it('names every target, and what is installed here', () => {
  expect(TARGETS).toEqual(['ort-x64', 'ort-arm64', 'ort-web', 'tensorrt', 'openvino']);
  expect(installedTarget()).toBe(process.arch === 'arm64' ? 'ort-arm64' : 'ort-x64');
  for (const target of TARGETS) expect(profileOf(target).target).toBe(target);
});

it('refuses others', () => {
  expect(() => profileOf('coreml' as Target)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
});

it('holds what runtimes demand', () => {
  const symmetric = TARGETS.filter((target) => profileOf(target).activations.symmetric);
  const quiet = TARGETS.filter((target) => !profileOf(target).quantizeOutputs);
  expect([symmetric, quiet]).toEqual([['tensorrt'], ['tensorrt']]);
  expect(profileOf('ort-x64').activations.type).toBe('uint8');
});
