// Activation functions of linear layers, fused into their epilogue.
import { ACTIVATION_KINDS, type ActivationSpec } from '../addon';
import { checkOneOf, isObject, reject } from '../validate';

/**
 * What a layer applies to its outputs, the same bits on every instruction set.
 *
 * - relu: max(x, 0); relu6: min(max(x, 0), 6); clip: limits to [low, high]. What is not above the low bound, NaN
 *   included, becomes it.
 * - gelu: x times the standard normal distribution's P(X <= x), the one with erf; geluTanh: its approximation by tanh.
 *   Largest error 1.5e-7 |x|.
 * - silu: x / (1 + e^-x), to 3 units in the last place (below x = -88, to 1e-36).
 *
 * The last three keep NaN, and take -Infinity to -0.
 */
export type ActivationFunction =
  | 'none'
  | 'relu'
  | 'relu6'
  | 'gelu'
  | 'geluTanh'
  | 'silu'
  | { readonly clip: readonly [number, number] };

const NAMES = ['none', 'relu', 'relu6', 'gelu', 'geluTanh', 'silu'] as const;

/** What native code gets of an activation; null for none. Throws ERR_RANGE for what is no activation. */
export function activationSpec(activation: unknown): ActivationSpec | null {
  if (isObject(activation) && 'clip' in activation) {
    const [low, high] = Array.isArray(activation.clip) ? (activation.clip as unknown[]) : [];
    if (typeof low !== 'number' || typeof high !== 'number' || !(low <= high))
      reject('activation.clip', '[low, high] with low <= high', activation.clip, 'ERR_RANGE');
    const limits = low !== Number.NEGATIVE_INFINITY || high !== Number.POSITIVE_INFINITY;
    return limits ? { kind: 'clip', low, high } : null;
  }
  const name = checkOneOf('activation', activation ?? 'none', NAMES);
  if (name === 'none') return null;
  if (name === 'relu') return { kind: 'clip', low: 0, high: Number.POSITIVE_INFINITY };
  if (name === 'relu6') return { kind: 'clip', low: 0, high: 6 };
  return { kind: name, low: 0, high: 0 };
}

/** An activation as each call of native code gets it: reading an object there takes longer than a small layer. */
export interface ActivationNumbers {
  readonly kind: number;
  readonly low: number;
  readonly high: number;
}

/** As activationSpec, in numbers. */
export function activationNumbers(activation: unknown): ActivationNumbers {
  const { kind, low, high } = activationSpec(activation) ?? { kind: 'none', low: 0, high: 0 };
  return { kind: ACTIVATION_KINDS.indexOf(kind), low, high };
}
