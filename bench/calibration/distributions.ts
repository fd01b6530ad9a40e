// Seeded samples of distributions as activations and weights have them.
import { createRandom } from '../inputs';

/** A number in [0, 1) each time. */
type Uniform = () => number;

function uniformOf(seed: number): Uniform {
  const next = createRandom(seed);
  return () => next() / 2 ** 32;
}

/** N(0, 1), by the polar form of Box and Muller. */
const normal = (uniform: Uniform): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const laplace = (uniform: Uniform): number => {
  const magnitude = -Math.log(1 - uniform());
  return uniform() < 0.5 ? -magnitude : magnitude;
};

/** Student's t with three degrees of freedom: its fourth moment is infinite. */
const student = (uniform: Uniform): number => {
  const squares = normal(uniform) ** 2 + normal(uniform) ** 2 + normal(uniform) ** 2;
  return normal(uniform) / Math.sqrt(squares / 3);
};

type Draw = (uniform: Uniform, index: number) => number;

/** One value each time, the index of the sample told. */
export const DISTRIBUTIONS: { readonly [name: string]: Draw } = {
  gaussian: normal,
  laplace,
  uniform: (uniform) => 2 * uniform() - 1,
  'one outlier': (uniform, index) => (index === 1000 ? 40 : normal(uniform)),
  'half (ReLU)': (uniform) => Math.max(0, normal(uniform)),
  bimodal: (uniform) => (uniform() < 0.5 ? -2 : 3) + 0.3 * normal(uniform),
  'heavy tail': student,
};

export function sampleOf(name: string, count: number, seed: number): Float32Array {
  const draw = DISTRIBUTIONS[name];
  if (draw === undefined) throw new Error(`there is no distribution ${name}`);
  const uniform = uniformOf(seed);
  return Float32Array.from({ length: count }, (_, i) => draw(uniform, i));
}
