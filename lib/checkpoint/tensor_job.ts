// What becomes of one tensor of a checkpoint: the tensors it will be, and the work that fills them.
import { makeError } from '../errors';
import type { SafetensorsReader, SafetensorsWriter, TensorInfo, TensorPlan } from '../safetensors';
import { show } from '../validate';
import type { Workers } from './windows';

/** What a quantized layer lost, and what it takes. */
export interface LayerError {
  /** The sum of squared errors. */
  readonly errors: number;
  /** The sum of squared weights. */
  readonly squares: number;
  /** Bytes of values and of what turns them into weights: without names, tables that all layers share, and descriptions. */
  readonly bytes: number;
}

export interface JobContext extends Workers {
  readonly reader: SafetensorsReader;
  readonly writer: SafetensorsWriter;
  /** Reports so many bytes of the source as done. */
  readonly advance: (bytes: number) => void;
}

export interface TensorJob {
  readonly source: TensorInfo;
  readonly outputs: readonly TensorPlan[];
  /** Undefined for tensors that are not quantized. */
  run(context: JobContext): Promise<LayerError | undefined>;
}

/** Sums of windows, added up in the order of the windows however these ended. */
export class WindowSums {
  readonly #windows: Float64Array[] = [];

  /** Two places for the sums of a window: squared errors, and squares. */
  of(window: number): Float64Array {
    this.#windows[window] = new Float64Array(2);
    return this.#windows[window] as Float64Array;
  }

  get errors(): number {
    return this.#windows.reduce((sum, one) => sum + one[0]!, 0);
  }

  get squares(): number {
    return this.#windows.reduce((sum, one) => sum + one[1]!, 0);
  }
}

/**
 * What to throw for an error that values of a window may be behind: for one that is not finite an error with its place in the tensor.
 * @param begin the place of the window's first value
 */
export function locateError(error: unknown, { name, dims }: TensorInfo, floats: Float32Array, begin: number): unknown {
  const at = floats.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return error;
  const columns = dims[1] ?? 1;
  const place = `[${Math.floor((begin + at) / columns)}, ${(begin + at) % columns}]`;
  return makeError('ERR_RANGE', `tensor ${show(name)} must be finite, got ${floats[at]} at ${place}`);
}
