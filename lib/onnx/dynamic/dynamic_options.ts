// What a dynamic quantization can be told.
import type { Selection } from '../selection';

export interface DynamicOptions extends Selection {
  /** A scale for each column of the weights, else one for each matrix. Default: true. */
  readonly perChannel?: boolean | undefined;
  /** Weights from -64 to 64: for x64 CPUs without VNNI, whose 8-bit products saturate at 16 bits. Default: false. */
  readonly reduceRange?: boolean | undefined;
  /** Tables that Gather reads are stored in 8 bits too. Default: true. */
  readonly tables?: boolean | undefined;
  /** MatMuls of two activations, as in attention, run on integers too. Default: false, which loses less. */
  readonly attention?: boolean | undefined;
  /** Convolutions become ConvInteger, which onnxruntime runs slower than a static quantization. Default: false. */
  readonly convolutions?: boolean | undefined;
}
