// The error function.

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** erf(x) to about 1e-15: its series of positive terms (Abramowitz and Stegun 7.1.6), beyond 3 the continued fraction of erfc (7.1.14). */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (magnitude > 6) return Math.sign(x);
  return magnitude < 3 ? series(x) : Math.sign(x) * (1 - complement(magnitude));
}

function series(x: number): number {
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-square) * sum;
}

function complement(x: number): number {
  let tail = x;
  for (let n = 60; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
