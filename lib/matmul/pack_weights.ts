/// <reference lib="esnext.disposable" preserve="true" />
// Weights packed once for the kernels.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type PackedHandle } from '../addon';
import { makeError } from '../errors';
import {
  type LoadOptions,
  loadHandle,
  loadHandleAsync,
  openToken,
  type ShareToken,
  saveHandle,
  saveHandleAsync,
  shareHandle,
} from '../storage';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { checkTensorLike } from '../tensor/tensor';
import { checkOptions, reject } from '../validate';
import { checkPlacement, PLACE_WEIGHTS, type WeightPlacement } from './placement';

export interface PackOptions {
  /** The weights are [n, k], as a linear layer keeps them, instead of [k, n]. Default false. */
  readonly transposed?: boolean;
}

// Only this module makes handles into PackedWeights: a look-alike object has none to send to native code.
let handleIn: (weights: PackedWeights) => PackedHandle | undefined;

/** int8 weights in the kernels' own layout. The source array is not needed any more. Frozen: the sizes stay true. */
export class PackedWeights {
  /** Rows of the weights: the length of the sums. */
  readonly k: number;
  /** Columns of the weights. */
  readonly n: number;
  readonly #handle: PackedHandle;

  static {
    handleIn = (weights) => (#handle in weights ? weights.#handle : undefined);
  }

  /** @internal Use packWeights, PackedWeights.open or PackedWeights.load. */
  constructor(handle: PackedHandle) {
    const { type, k, n } = addon.packedShape(handle); // throws for anything but a handle
    if (type !== 'int8') reject('weights', 'packed int8 weights', type, 'ERR_DTYPE');
    this.k = k;
    this.n = n;
    this.#handle = handle;
    Object.freeze(this);
  }

  /**
   * The weights that another thread of this process shared, on the same memory. They must not have been disposed of or
   * collected before this call; afterwards both threads' objects keep the memory.
   * @throws ERR_DTYPE for what is no token of packed weights; ERR_DISPOSED if the weights are gone, or were shared by
   *   another process
   */
  static open(token: ShareToken<'PackedWeights'>): PackedWeights {
    return new PackedWeights(openToken('PackedWeights', token) as PackedHandle);
  }

  /** A token to send to other threads of this process, for PackedWeights.open. Keep this object until they have done so. */
  share(): ShareToken<'PackedWeights'> {
    return shareHandle('PackedWeights', handleOf(this));
  }

  /**
   * Weights that save() wrote, on this machine or another: their layout is changed where it has to be.
   * @param path a regular file
   * @throws ERR_FILE, naming the file and the fault, if it cannot be read, is damaged, truncated, of another version of
   *   the format, or holds something else; ERR_DTYPE
   */
  static load(path: string, options?: LoadOptions): PackedWeights {
    return new PackedWeights(loadHandle('loadWeights', path, options));
  }

  /** As load, off the event loop. */
  static async loadAsync(path: string, options?: LoadOptions & AsyncOptions): Promise<PackedWeights> {
    return new PackedWeights(await loadHandleAsync('loadWeights', path, options));
  }

  /**
   * Writes the weights to a file, the same bytes for the same weights. An old file is replaced as a whole at the end, or
   * stays as it was, permissions kept; a process that is killed meanwhile leaves a `.octavo-….tmp` beside it.
   * docs/file-format.md describes the bytes.
   * @throws ERR_FILE if the file cannot be written; ERR_DTYPE, ERR_DISPOSED
   */
  save(path: string): void {
    saveHandle(handleOf(this), path);
  }

  /** As save, off the event loop. When it is aborted, the file stays as it was, or is replaced if writing had begun. */
  async saveAsync(path: string, options?: AsyncOptions): Promise<void> {
    await saveHandleAsync(handleOf(this), path, options);
  }

  /**
   * A copy of the weights on a GPU, for device.matmulInt8.
   * @param device what cuda.open() of octavo/cuda gives
   * @throws ERR_DTYPE for anything else; ERR_DISPOSED; ERR_MEMORY if the GPU has not enough memory; ERR_DEVICE
   */
  to<T>(device: WeightPlacement<T>): T {
    checkPlacement(device, PLACE_WEIGHTS);
    return device[PLACE_WEIGHTS]({ handle: handleOf(this), k: this.k, n: this.n });
  }

  /** Bytes of native memory. Throws ERR_DISPOSED after dispose(). */
  get byteLength(): number {
    return addon.handleBytes(handleOf(this));
  }

  /**
   * Frees the native memory as soon as no call uses it; later use throws ERR_DISPOSED. Else it is freed after the object
   * was collected, when the event loop turns: a loop that packs weights and never awaits should dispose of them.
   */
  dispose(): void {
    addon.dispose(handleOf(this));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @internal The native handle; throws ERR_DTYPE for anything that packWeights did not make. */
export function handleOf(weights: PackedWeights): PackedHandle {
  const handle = typeof weights === 'object' && weights !== null ? handleIn(weights) : undefined;
  if (handle === undefined) reject('b', 'packed weights or an int8 tensor', weights, 'ERR_DTYPE');
  return handle;
}

interface Source {
  readonly data: Int8Array;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

function prepare(b: TensorLike<'int8'>, options: PackOptions | undefined): Source {
  const { transposed = false } = checkOptions('options', options);
  if (typeof transposed !== 'boolean') reject('options.transposed', 'true or false', transposed, 'ERR_DTYPE');
  const tensor = checkTensorLike('b', b, ['int8']);
  checkContiguous('b', tensor);
  if (tensor.dims.length !== 2)
    throw makeError('ERR_SHAPE', `b must be ${transposed ? '[n, k]' : '[k, n]'}, got dims [${tensor.dims.join(', ')}]`);
  const [rows, columns] = tensor.dims as readonly [number, number];
  return { data: tensor.data, k: transposed ? columns : rows, n: transposed ? rows : columns, transposed };
}

/**
 * Packs int8 weights for matmulInt8, once for each weight matrix.
 * @param b int8 [k, n], or [n, k] with `transposed`
 * @throws ERR_DTYPE, ERR_SHAPE; ERR_NATIVE if there is no memory
 */
export function packWeights(b: TensorLike<'int8'>, options?: PackOptions): PackedWeights {
  const { data, k, n, transposed } = prepare(b, options);
  return new PackedWeights(addon.packInt8(data, k, n, transposed));
}

/** As packWeights, computed off the event loop. b is copied before the call returns. */
export async function packWeightsAsync(
  b: TensorLike<'int8'>,
  options?: PackOptions & AsyncOptions,
): Promise<PackedWeights> {
  const signal = signalOf(options);
  const { data, k, n, transposed } = prepare(b, options);
  return new PackedWeights(await untilAborted(signal, () => addon.packInt8Async(data, k, n, transposed)));
}
