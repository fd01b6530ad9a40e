// What the runtime that will run a model wants of its integers.
import type { ByteType } from '../../quantize';

/** A runtime, and for onnxruntime the kind of CPU. */
export type Target = 'ort-x64' | 'ort-arm64' | 'ort-web' | 'tensorrt' | 'openvino';

export interface TargetProfile {
  readonly target: Target;
  /** Whose fusion rules hold: which operators have integer kernels, and what must stand around them. */
  readonly engine: 'onnxruntime' | 'tensorrt' | 'openvino';
  /** Activations are per tensor everywhere. A symmetric scheme has the zero point 0. */
  readonly activations: { readonly type: ByteType; readonly symmetric: boolean };
  /** Symmetric everywhere; per channel along the axis of the outputs. */
  readonly weights: { readonly type: 'int8'; readonly perChannel: boolean };
  /** int32 with the scale of the activations times that of the weights, or left as it is. */
  readonly bias: 'int32' | 'float';
  /** The output of a weighted operator is quantized right behind it; else only inputs are. */
  readonly quantizeOutputs: boolean;
  /** Relu and Clip disappear in the quantization behind them; else they stay, in float. */
  readonly foldActivations: boolean;
  /** Copies (Reshape, Transpose, MaxPool ...) stand between Q/DQ pairs of equal parameters; else Q/DQ stay away from them. */
  readonly quantizeCopies: boolean;
  /** Copies run on the integers themselves, without Q/DQ around them. */
  readonly integerCopies: boolean;
  /** All inputs and the output of a Concat share one scale, or each has its own where that is better. */
  readonly concat: 'equal' | 'any';
  /** One input of an Add, the skip, is quantized, or all and the output, or none. */
  readonly residual: 'all' | 'skip';
  /** Least opset for 8 bits. */
  readonly opset: number;
  /** Least opset for 16 bits. */
  readonly opset16: number;
}
