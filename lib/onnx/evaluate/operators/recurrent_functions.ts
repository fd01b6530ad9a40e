// Activations of recurrent cells, by name, and their clip.
import { floatsOf, stringsOf } from '../../model';
import type { Call } from '../call';
import { sigmoid } from './activations';

export type CellFunction = (x: number) => number;

const FUNCTIONS: Readonly<Record<string, (alpha: number | undefined, beta: number | undefined) => CellFunction>> = {
  affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      alpha * x + beta,
  elu:
    (alpha = 1) =>
    (x) =>
      x < 0 ? alpha * Math.expm1(x) : x,
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      Math.max(0, Math.min(1, alpha * x + beta)),
  leakyrelu:
    (alpha = 0.01) =>
    (x) =>
      x < 0 ? alpha * x : x,
  relu: () => (x) => Math.max(x, 0),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (x) =>
      alpha * Math.tanh(beta * x),
  sigmoid: () => sigmoid,
  softplus: () => (x) => Math.log1p(Math.exp(x)),
  softsign: () => (x) => x / (1 + Math.abs(x)),
  tanh: () => Math.tanh,
  thresholdedrelu:
    (alpha = 1) =>
    (x) =>
      x > alpha ? x : 0,
};

/** The functions of one direction, `absent` where none are named. */
export function cellFunctions(
  call: Call,
  absent: readonly string[],
  direction: number,
): { functions: CellFunction[]; clip: CellFunction } {
  const named = stringsOf(call.node, 'activations', undefined);
  const names = named?.slice(direction * absent.length, (direction + 1) * absent.length) ?? absent;
  const parameters = (name: string) => floatsOf(call.node, name, []).slice(direction * absent.length);
  const [alpha, beta] = [parameters('activation_alpha'), parameters('activation_beta')];
  const functions = absent.map((_, i) => {
    const name = (names[i] ?? '').toLowerCase();
    if (!Object.hasOwn(FUNCTIONS, name))
      return call.fail(`the activation '${names[i]}' is not known`, 'ERR_UNSUPPORTED');
    return FUNCTIONS[name]!(alpha[i], beta[i]);
  });
  const bound = call.float('clip', Number.POSITIVE_INFINITY);
  return { functions, clip: (x) => Math.min(Math.max(x, -bound), bound) };
}
