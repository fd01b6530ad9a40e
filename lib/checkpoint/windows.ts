// A tensor worked through in windows, several at a time, in memory that is used again.
import type { SafetensorsReader, TensorInfo } from '../safetensors';
import { decodeFloats, elementBits, OWNED } from '../safetensors';

/** Values of a window: 4 MiB as float32. */
export const WINDOW_VALUES = 2 ** 20;

/** The memory of one of the windows that are worked on at a time. */
export class Lane {
  #raw = new ArrayBuffer(0);
  #floats = new Float32Array(0);

  /** Reads values [begin, begin + count) of a tensor of floats as float32, good until the next read. */
  async readFloats(reader: SafetensorsReader, info: TensorInfo, begin: number, count: number): Promise<Float32Array> {
    const size = elementBits(info.dtype) / 8;
    await reader.readInto(info.name, this.bytes(count * size), begin * size, OWNED);
    if (info.dtype === 'F32') return new Float32Array(this.#raw, 0, count);
    if (this.#floats.length < count) this.#floats = new Float32Array(count);
    const floats = this.#floats.subarray(0, count);
    decodeFloats(info.dtype, this.#raw, floats);
    return floats;
  }

  /** So many bytes, good until the next call. */
  bytes(count: number): Uint8Array {
    if (this.#raw.byteLength < count) this.#raw = new ArrayBuffer(count);
    return new Uint8Array(this.#raw, 0, count);
  }
}

/** How work is shared out. */
export interface Workers {
  readonly lanes: readonly Lane[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Calls `work` for each window below `count`, as many at a time as there are lanes. The first failure, or the signal's reason, is
 * thrown once all that began are over.
 */
export async function forWindows(
  count: number,
  { lanes, signal }: Workers,
  work: (window: number, lane: Lane) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const run = async (lane: Lane): Promise<void> => {
    while (next < count && !failed) {
      try {
        signal?.throwIfAborted();
        await work(next++, lane);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(lanes.slice(0, Math.max(count, 1)).map(run));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
