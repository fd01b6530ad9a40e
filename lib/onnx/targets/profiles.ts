// The profiles of the runtimes that octavo quantizes for.
import { checkOneOf } from '../../validate';
import type { Target, TargetProfile } from './target_profile';

const ONNXRUNTIME = {
  engine: 'onnxruntime',
  weights: { type: 'int8', perChannel: true },
  bias: 'int32',
  quantizeOutputs: true,
  foldActivations: true,
  quantizeCopies: true,
  integerCopies: true,
  concat: 'any',
  residual: 'all',
  opset: 13,
  opset16: 21,
} as const;

const PROFILES: Readonly<Record<Target, TargetProfile>> = {
  // x64 has fast kernels for uint8 activations only: int8 ones are converted, which fails on edges with two readers.
  'ort-x64': { ...ONNXRUNTIME, target: 'ort-x64', activations: { type: 'uint8', symmetric: false } },
  'ort-arm64': { ...ONNXRUNTIME, target: 'ort-arm64', activations: { type: 'int8', symmetric: false } },
  'ort-web': { ...ONNXRUNTIME, target: 'ort-web', activations: { type: 'uint8', symmetric: false } },
  tensorrt: {
    target: 'tensorrt',
    engine: 'tensorrt',
    activations: { type: 'int8', symmetric: true },
    weights: { type: 'int8', perChannel: true },
    bias: 'float',
    quantizeOutputs: false,
    foldActivations: false,
    quantizeCopies: false,
    integerCopies: false,
    concat: 'equal',
    residual: 'skip',
    opset: 13,
    opset16: 21,
  },
  openvino: {
    ...ONNXRUNTIME,
    target: 'openvino',
    engine: 'openvino',
    integerCopies: false,
    activations: { type: 'uint8', symmetric: false },
    concat: 'equal',
  },
};

/** Every target, in the order in which they are listed for users. */
export const TARGETS = Object.keys(PROFILES) as readonly Target[];

/** Throws ERR_RANGE for a target that does not exist. */
export function profileOf(target: Target): TargetProfile {
  checkOneOf('target', target, TARGETS);
  return PROFILES[target];
}
