// What runs a model: onnxruntime-node, or the reference interpreter.
import type { AsyncOptions } from '../../abort_signal';
import type { Feeds, TensorValue, ValueInfo } from '../model';

/** onnxruntime-node, an optional peer, or octavo's own interpreter. */
export type ExecutorKind = 'onnxruntime' | 'reference';

export interface ExecutorOptions {
  /**
   * Tensors to give back, inputs and constants among them; default the model's outputs. They become the outputs of a
   * copy of the model that holds only what they need.
   */
  readonly outputs?: readonly string[] | undefined;
  /** Threads that one run may use; default runtime.threads. The reference interpreter always uses its own. */
  readonly threads?: number | undefined;
  /** Default 'auto': onnxruntime where it is installed and can carry the inputs and outputs, which 4-bit types it cannot. */
  readonly kind?: 'auto' | ExecutorKind | undefined;
  /**
   * Default 'all'. With 'disabled', onnxruntime runs every node as it stands in the model, quantize and dequantize nodes
   * among them. The reference interpreter never does anything else.
   */
  readonly optimization?: 'all' | 'disabled' | undefined;
  /** Where onnxruntime writes the graph that it really runs. */
  readonly optimizedModelFile?: string | undefined;
}

/** A model that is ready to run. Runs of one executor happen one at a time. */
export interface Executor {
  readonly kind: ExecutorKind;
  /** What must be fed. */
  readonly inputs: readonly ValueInfo[];
  /** What a run gives back. */
  readonly outputs: readonly string[];
  /**
   * @throws ERR_RANGE for inputs that are missing or that the model has not, ERR_DTYPE and ERR_SHAPE for feeds that do
   *   not fit theirs, each with the input's name; ERR_NATIVE for what the runtime refuses; ERR_DISPOSED after dispose();
   *   the signal's reason
   */
  run(feeds: Feeds, options?: AsyncOptions): Promise<Record<string, TensorValue>>;
  /** A run of these feeds that can be repeated for timing: what run() does beside the computation is done once, here. */
  bind(feeds: Feeds): Promise<() => Promise<unknown>>;
  /** Lets go of the runtime's memory. A second call does nothing. */
  dispose(): Promise<void>;
}
