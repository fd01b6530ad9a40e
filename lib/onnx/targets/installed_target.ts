// The target that fits what is installed here.
import type { Target } from './target_profile';

/** onnxruntime on this kind of CPU: onnxruntime-node is what runs ONNX models in Node. Browsers need 'ort-web' by name. */
export function installedTarget(): Target {
  return process.arch === 'arm64' || process.arch === 'arm' ? 'ort-arm64' : 'ort-x64';
}
