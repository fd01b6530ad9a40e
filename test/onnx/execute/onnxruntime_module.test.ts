import { expect, it } from 'vitest';
import { isRecentEnough, loadOnnxruntime, onnxruntimeVersion } from '../../../lib/onnx/execute/onnxruntime_module';

const failing = (message: string, code: string) => () => Promise.reject(Object.assign(new Error(message), { code }));
const ofVersion = (node?: string) => async () => ({ InferenceSession: {}, Tensor: {}, env: { versions: { node } } });

it('says what to install where onnxruntime-node is absent', async () => {
  await expect(loadOnnxruntime(failing('no such package', 'ERR_MODULE_NOT_FOUND'))).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: 'onnxruntime-node is not installed',
    hint: 'Install it with: npm install onnxruntime-node',
  });
  await expect(loadOnnxruntime(failing('no libstdc++', 'ERR_DLOPEN_FAILED'))).rejects.toThrow(
    /cannot be loaded: no libstdc/,
  );
  expect(await onnxruntimeVersion(failing('', 'MODULE_NOT_FOUND'))).toBeUndefined();
});

it('refuses versions that are too old', async () => {
  await expect(loadOnnxruntime(ofVersion('1.19.2'))).rejects.toThrow(/1\.19\.2 is too old, expected 1\.20 or later/);
  await expect(loadOnnxruntime(ofVersion())).rejects.toThrow(/of an unknown version is too old/);
  expect(await onnxruntimeVersion(ofVersion('1.20.0'))).toBe('1.20.0');
  expect(['0.99.0', '1.9.0', '1.20.1', '1.100.0', '2.0.0'].map(isRecentEnough)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

it('finds the one that is installed', async () => {
  expect(await onnxruntimeVersion()).toMatch(/^\d+\.\d+\.\d+/);
});
