// Activation functions of linear layers, fused into their epilogue.
import { checkOneOf, isObject, reject } from '../validate';

/** relu is max(x, 0); clip limits to [low, high]. */
export type ActivationFunction = 'none' | 'relu' | { readonly clip: readonly [number, number] };

/** The clip that an activation stands for, [-Infinity, Infinity] for none. Throws ERR_RANGE for anything else. */
export function clipSpec(activation: unknown): readonly [number, number] {
  if (isObject(activation) && 'clip' in activation) {
    const [low, high] = Array.isArray(activation.clip) ? (activation.clip as unknown[]) : [];
    if (typeof low !== 'number' || typeof high !== 'number' || !(low <= high))
      reject('activation.clip', '[low, high] with low <= high', activation.clip, 'ERR_RANGE');
    return [low, high];
  }
  const name = checkOneOf('activation', activation ?? 'none', ['none', 'relu']);
  return name === 'relu' ? [0, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}
