// How packed weights come to lie on a device, of which they know only that it takes them.
import type { PackedHandle } from '../addon';
import { isObject, reject } from '../validate';

/** @internal The method of a device that takes packed weights. */
export const PLACE_WEIGHTS: unique symbol = Symbol('octavo.placeWeights');

/** @internal int8 weights on their way to a device. */
export interface WeightsToPlace {
  readonly handle: PackedHandle;
  readonly k: number;
  readonly n: number;
}

/** Where packed weights can be copied to: a device that `cuda.open()` of octavo/cuda opened. T is what they are there. */
export interface WeightPlacement<T> {
  /** @internal */
  [PLACE_WEIGHTS](weights: WeightsToPlace): T;
}

/** @internal Throws ERR_DTYPE for what is no such device. */
export function checkPlacement<Method extends symbol>(device: unknown, method: Method): void {
  if (!isObject(device) || typeof (device as Record<symbol, unknown>)[method] !== 'function')
    reject('device', 'a device that cuda.open() of octavo/cuda opened', device, 'ERR_DTYPE');
}
