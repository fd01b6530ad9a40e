// What a dynamic quantization can be told.
import type { Selection } from '../selection';
import type { Target } from '../targets';

export interface DynamicOptions extends Selection {
  /** The runtime that will run the model. Default: onnxruntime on this kind of CPU. */
  readonly target?: Target | undefined;
  /** A scale for each column of the weights, else one for each matrix. Default: true. */
  readonly perChannel?: boolean | undefined;
  /** Weights from -64 to 64: for x64 CPUs without VNNI, whose 8-bit products saturate at 16 bits. Default: false. */
  readonly reduceRange?: boolean | undefined;
  /**
   * Which products quantize each row of their activations by a scale of its own, at the cost of five nodes: those of gated
   * activations (silu(a) * b, as in decoders), all, or none. Default: 'gated'.
   */
  readonly rowScales?: 'gated' | 'all' | 'none' | undefined;
  /** Tables that Gather reads are stored in 8 bits too. Default: true. */
  readonly tables?: boolean | undefined;
  /** MatMuls of two activations, as in attention, run on integers too. Default: false, which loses less. */
  readonly attention?: boolean | undefined;
  /** How filters of convolutions that stay in float are stored for onnxruntime, which folds them. Default: 'int8'. */
  readonly filters?: 'int8' | 'float' | undefined;
  /** Convolutions become ConvInteger, which onnxruntime runs slower than a static quantization. Default: false. */
  readonly convolutions?: boolean | undefined;
}
