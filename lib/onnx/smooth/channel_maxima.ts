// The largest magnitude of each channel of activations, over any number of samples.
import { raiseColumnMaxima } from '../../weights';
import { onnxError } from '../errors';
import type { TensorValue } from '../model';

export class ChannelMaxima {
  readonly #maxima = new Map<string, Float32Array>();

  /** By the tensor's name: one value for each index of the last axis. */
  get maxima(): ReadonlyMap<string, Float32Array> {
    return this.#maxima;
  }

  /**
   * Adds the values of a tensor [.., channels]. NaN counts as nothing.
   * @throws ERR_DTYPE unless it is float32; ERR_SHAPE if its channels differ from those seen before
   */
  add(name: string, { type, dims, data }: TensorValue): void {
    if (type !== 'float32')
      throw onnxError('ERR_DTYPE', `tensor '${name}' must be float32, got ${type}`, { tensor: name });
    const channels = dims.at(-1) ?? 1;
    const known = this.#maxima.get(name) ?? new Float32Array(channels);
    if (known.length !== channels)
      throw onnxError('ERR_SHAPE', `tensor '${name}' has ${channels} channels, before it had ${known.length}`, {
        tensor: name,
      });
    if (channels > 0) raiseColumnMaxima(known, data as Float32Array);
    this.#maxima.set(name, known);
  }
}
