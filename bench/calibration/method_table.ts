// Prints the table of the methods' squared errors as Markdown: node dist/bench/calibration/method_table.js
import { AUTO_METHODS, rangeOf, type SingleMethod, Sketch } from '../../lib/calibrate';
import { methodName } from '../../lib/calibrate/methods';
import type { AnyScheme } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import { describeMachine } from '../machine';
import { compareMethods } from './compare_methods';
import { DISTRIBUTIONS, sampleOf } from './distributions';

const COUNT = 1_000_000;
const SEED = 1;
const SCHEMES: { readonly [name: string]: AnyScheme } = {
  'int8, symmetric': { type: 'int8', symmetric: true, granularity: 'tensor' },
  'uint8, asymmetric': { type: 'uint8', symmetric: false, granularity: 'tensor' },
  'int4, symmetric': { type: 'int4', symmetric: true, granularity: 'tensor' },
  'uint4, asymmetric': { type: 'uint4', symmetric: false, granularity: 'tensor' },
};

function* tableOf(scheme: AnyScheme): Generator<string> {
  yield `| distribution | ${AUTO_METHODS.map(methodName).join(' | ')} | auto takes | over the best |`;
  yield `| --- |${' --- |'.repeat(AUTO_METHODS.length + 2)}`;
  for (const name of Object.keys(DISTRIBUTIONS)) {
    const { single, auto, ratio } = compareMethods(sampleOf(name, COUNT, SEED), scheme);
    const errors = single.map(({ mse }) => mse.toExponential(3));
    yield `| ${[name, ...errors, methodName(auto.method), ratio.toFixed(4)].join(' | ')} |`;
  }
}

/** The best of many calls, in milliseconds, with values up to just below a power of two: all 2,048 bins are searched. */
function timeOf(method: SingleMethod, scheme: AnyScheme): number {
  const sample = sampleOf('gaussian', 100_000, SEED);
  const largest = sample.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const channel = new Sketch().observe(Tensor.from(sample.map((x) => (x * 7.999) / largest))).channels[0];
  if (channel === undefined) throw new Error('a sketch of a tensor has one channel');
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 100; i++) {
    const start = performance.now();
    rangeOf(channel, method, scheme);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const { cpu, isa } = describeMachine();
process.stdout.write(`${COUNT} values of each distribution, seed ${SEED}; ${cpu}, kernel set ${isa}\n`);
for (const [name, scheme] of Object.entries(SCHEMES)) {
  process.stdout.write(`\n### ${name}\n\n`);
  for (const line of tableOf(scheme)) process.stdout.write(`${line}\n`);
  const times = (['entropy', 'mse'] as const).map((method) => `${method} ${timeOf(method, scheme).toFixed(2)} ms`);
  process.stdout.write(`\nOne tensor's range, best of 100: ${times.join(', ')}.\n`);
}
